"""The rules by which questions are proposed from documents, one kind of question a file."""
