// Elements: made once, and changed only where something has changed.
function find(id) { return document.getElementById(id); }

function make(tag, name, parent, text) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) setText(element, text);
  if (parent) parent.append(element);
  return element;
}

function setText(element, text) {
  if (element.shown !== text) element.textContent = element.shown = text;
}

function setClass(element, name) {
  if (element.named !== name) element.className = element.named = name;
}

function setLabel(element, text) {
  if (element.labelled !== text) element.setAttribute('aria-label', element.labelled = text);
}

// A canvas of so many pixels of the page, sharp on any screen.
function sized(canvas, width, height) {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    [canvas.width, canvas.height] = [w, h];
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
