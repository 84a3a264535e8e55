// Unpacks the traces that the page carries, and shows them.
async function unpacked(element) {
  const bytes = Uint8Array.from(atob(element.textContent.trim()), letter => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return JSON.parse(await new Response(stream).text());
}

async function start() {
  const traces = [...document.querySelectorAll('script.trace')];
  try {
    window.convolith = new Page(await Promise.all(traces.map(unpacked)));
    document.body.dataset.ready = 'yes';
  } catch (error) {
    setText(find('sentence'), `The page cannot be shown: ${error.message}. `
      + 'It needs a browser of 2023 or newer.');
    document.body.dataset.ready = 'no';
    throw error;
  }
}

start();
