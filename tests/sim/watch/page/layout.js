// What sticks out of what it lies in, or over what is beside it.
() => {
  const wrong = [];
  const box = element => element.getBoundingClientRect();
  const inside = (a, b, by = 1.5) => a.left >= b.left - by && a.right <= b.right + by
    && a.top >= b.top - by && a.bottom <= b.bottom + by;
  const overlap = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  const seen = element => element.offsetParent !== null && box(element).width > 0;
  if (document.documentElement.scrollWidth > innerWidth) wrong.push('the page is too wide');
  const fit = box(document.querySelector('.fit'));
  const pes = [...document.querySelectorAll('.pe')];
  for (const pe of pes) {
    if (!inside(box(pe), fit)) wrong.push(`${pe.ariaLabel} is outside of its panel`);
    for (const text of pe.querySelectorAll('span')) {
      const range = document.createRange();
      range.selectNodeContents(text);
      if (text.textContent && !inside(range.getBoundingClientRect(), box(pe), 1)) {
        wrong.push(`${text.textContent} sticks out of ${pe.ariaLabel}`);
      }
    }
    if (box(pe).width < 8 || box(pe).height < 8) wrong.push(`${pe.ariaLabel} is too small`);
  }
  for (const head of document.querySelectorAll('.array > div')) {
    for (const part of head.children) {
      const range = document.createRange();
      range.selectNodeContents(part);
      if (part.textContent && !inside(range.getBoundingClientRect(), box(head), 2)) {
        wrong.push(`the head ${part.textContent} sticks out`);
      }
    }
  }
  const groups = [
    [...document.querySelectorAll('main > .panel')],
    [...document.querySelectorAll('#controls > *')],
    [...document.querySelectorAll('header > *')],
    [...document.querySelectorAll('#tensors > *')],
    [...document.querySelectorAll('#pes > *')],
    [...document.querySelectorAll('#nest > *')],
    [...document.querySelectorAll('footer > *')],
    [...document.querySelectorAll('#path > *')],
    pes,
  ];
  for (const group of groups) {
    const parts = group.filter(seen);
    for (let i = 0; i < parts.length; i++) {
      const parent = box(parts[i].parentElement);
      if (!inside(box(parts[i]), { ...parent.toJSON(), bottom: Infinity }, 2)
        && !parts[i].closest('.array')) {
        wrong.push(`#${parts[i].id} ${parts[i].className} sticks out of #${parts[i].parentElement.id}`);
      }
      for (let j = i + 1; j < Math.min(parts.length, i + 20); j++) {
        if (overlap(box(parts[i]), box(parts[j]))) {
          wrong.push(`#${parts[i].id} ${parts[i].className} lies over #${parts[j].id} ${parts[j].className}`);
        }
      }
    }
  }
  for (const line of [...document.querySelectorAll('#history tr')].slice(0, 3)) {
    if (innerWidth >= 1280 && line.scrollWidth > line.closest('.scroll').clientWidth + 1) {
      wrong.push(`${line.textContent} is too wide`);
    }
  }
  return wrong;
}
