// Runs once, as `js_on_load` of the source panel: `element` is the panel, `trigger` tells Python, `watch` sees new values.
const body = document.body;
const PANEL_LINK = 'a[href^="#cite-"], a[href^="#near-"]';
let opener = null;

function panelIsOpen() {
  return body.classList.contains('source-open');
}

function openPanel(link) {
  const reference = link.getAttribute('href').slice(1);
  opener = link.getAttribute('href');
  document.querySelectorAll('#chat a.open').forEach((other) => other.classList.remove('open'));
  document.querySelectorAll(`#chat a[href="${opener}"]`).forEach((same) => same.classList.add('open'));
  body.classList.add('source-open');
  const shown = element.querySelector('article');
  if (shown && shown.dataset.ref === reference) {
    showMark();
  } else {
    element.classList.add('loading');
  }
  // Asked for even where it stands there: while an answer is being written, its numbers may come to mean another place.
  trigger('click', { ref: reference });
  document.querySelector('#close-source')?.focus({ preventScroll: true });
}

function closePanel() {
  if (!panelIsOpen()) return;
  body.classList.remove('source-open');
  document.querySelectorAll('#chat a.open').forEach((link) => link.classList.remove('open'));
  if (opener) document.querySelector(`#chat a[href="${opener}"]`)?.focus({ preventScroll: true });
}

function showMark() {
  element.classList.remove('loading');
  const pane = document.querySelector('#source');
  const mark = element.querySelector('mark');
  if (!pane) return;
  if (!mark) {
    pane.scrollTop = 0;
    return;
  }
  // A mark over table cells has no box of its own.
  const box = (mark.getClientRects().length ? mark : mark.firstElementChild || mark).getBoundingClientRect();
  const frame = pane.getBoundingClientRect();
  // The head of the document stays at the top and covers what scrolls under it.
  const head = element.querySelector('header')?.offsetHeight ?? 0;
  pane.scrollTop += box.top - frame.top - head - Math.min((frame.height - head) / 4, 160);
}

watch('value', () => requestAnimationFrame(() => requestAnimationFrame(showMark)));

async function copyTurn(turn) {
  const text = document.querySelector(`#copies [data-turn="${turn}"]`)?.textContent;
  toast(text && (await toClipboard(text)) ? '已复制' : '复制失败，请手动选择文字');
}

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages that are not on localhost or https have no clipboard.
    const area = document.createElement('textarea');
    area.value = text;
    area.style.cssText = 'position:fixed;opacity:0';
    body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

function toast(message) {
  let box = document.querySelector('#toast');
  if (!box) {
    box = document.createElement('div');
    box.id = 'toast';
    box.setAttribute('role', 'status');
    body.append(box);
  }
  box.textContent = message;
  box.classList.add('visible');
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => box.classList.remove('visible'), 1800);
}

document.addEventListener('click', (event) => {
  if (!(event.target instanceof Element)) return;
  const source = event.target.closest(PANEL_LINK);
  if (event.target.closest('#filters')) requestAnimationFrame(() => requestAnimationFrame(tellFilters));
  const copy = event.target.closest('a[href^="#copy-"]');
  if (source && source.closest('#chat')) {
    event.preventDefault();
    openPanel(source);
  } else if (copy && copy.closest('#chat')) {
    event.preventDefault();
    copyTurn(copy.getAttribute('href').slice('#copy-'.length));
  } else if (event.target.closest('#close-source, #fresh')) {
    closePanel();
  }
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !event.isComposing) closePanel();
});

// Enter that picks a candidate of an input method must not send. Safari ends the composition before the key event, so
// the key code counts too; the key press that follows is the event that Gradio listens to.
let composing = false;
for (const kind of ['keydown', 'keypress']) {
  document.addEventListener(
    kind,
    (event) => {
      if (event.key !== 'Enter' || !(event.target instanceof Element) || !event.target.closest('#question')) return;
      if (kind === 'keydown') composing = event.isComposing || event.keyCode === 229;
      if (composing || event.isComposing || event.keyCode === 229) event.stopImmediatePropagation();
    },
    true,
  );
}

// Gradio labels the messages in English, with their source text.
const LABELS = [['[role="log"]', '对话'], ['[data-testid="user"]', '提问'], ['[data-testid="bot"]', '回答']];
function relabel() {
  for (const [selector, label] of LABELS) {
    document.querySelectorAll(`#chat ${selector}`).forEach((found) => {
      if (found.getAttribute('aria-label') !== label) found.setAttribute('aria-label', label);
    });
  }
  document.querySelectorAll('#chat button.example').forEach((found) => {
    const label = found.textContent.trim();
    if (found.getAttribute('aria-label') !== label) found.setAttribute('aria-label', label);
  });
}

// Gradio's frame does not tell whether it is open.
function tellFilters() {
  const frame = document.querySelector('#filters > .label-wrap');
  const open = String(!!frame?.classList.contains('open'));
  if (frame && frame.getAttribute('aria-expanded') !== open) frame.setAttribute('aria-expanded', open);
}

// A new question goes to the top of the chat and stays there while its answer grows, until the reader scrolls.
let asked = 0;
let following = false;
function follow() {
  const questions = document.querySelectorAll('#chat [data-testid="user"]');
  if (questions.length > asked) following = true;
  asked = questions.length;
  const pane = document.querySelector('#chat .bubble-wrap');
  const row = questions[asked - 1]?.closest('.message-row');
  if (following && pane && row) pane.scrollTop += row.getBoundingClientRect().top - pane.getBoundingClientRect().top - 8;
}

// Which component is mounted first is up to Gradio, so everything is found anew.
function changed() {
  const aside = document.querySelector('#aside');
  if (aside && !aside.hasAttribute('role')) {
    aside.setAttribute('role', 'complementary');
    aside.setAttribute('aria-label', '原文');
  }
  relabel();
  tellFilters();
  follow();
}
new MutationObserver(changed).observe(body, { subtree: true, childList: true, attributeFilter: ['aria-label'] });
for (const kind of ['wheel', 'touchmove', 'keydown', 'pointerdown']) {
  document.addEventListener(kind, (event) => (following &&= !event.target.closest?.('#chat')), { passive: true });
}
changed();
