// A small canvas for mouse, pen and finger. The model holds the strokes: lists of [x, y] from -1 to 1, y upwards.

const APART = 0.03;  // a new point is kept when it is this far from the last one

function render({ model, el }) {
  const size = model.get("size"), scale = window.devicePixelRatio || 1;
  const board = document.createElement("div");
  board.className = "ccdyn-canvas";
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size * scale;
  canvas.style.width = canvas.style.height = `${size}px`;
  canvas.setAttribute("role", "img");
  const row = document.createElement("div");
  const button = (text, tip, act) => {
    const one = document.createElement("button");
    one.type = "button";
    one.textContent = text;
    one.title = tip;
    one.addEventListener("click", act);
    row.append(one);
    return one;
  };
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  board.append(canvas, row);
  el.append(board);

  let pen = null, id = null;  // the stroke that is being drawn, and the pointer that draws it
  const strokes = () => model.get("strokes");
  const send = (value) => { model.set("strokes", value); model.save_changes(); };
  const undo = button("undo", "Take back the last stroke.", () => send(strokes().slice(0, -1)));
  const clear = button("clear", "Take back all strokes.", () => send([]));
  row.append(status);

  const paper = canvas.getContext("2d");
  const line = (points, color) => {
    const at = ([x, y]) => [(x + 1) / 2 * size, (1 - y) / 2 * size];
    paper.strokeStyle = paper.fillStyle = color;
    paper.beginPath();
    points.forEach((point) => paper.lineTo(...at(point)));
    paper.stroke();
    return at(points[0]);
  };
  const draw = () => {
    const done = strokes(), most = model.get("most"), colors = model.get("colors");
    paper.setTransform(scale, 0, 0, scale, 0, 0);
    paper.fillStyle = "white";
    paper.fillRect(0, 0, size, size);
    paper.lineWidth = 1;
    line([[-0.06, 0], [0.06, 0]], "#6E6E6E");  // the origin: where a network that draws nothing stays
    line([[0, -0.06], [0, 0.06]], "#6E6E6E");
    paper.lineCap = paper.lineJoin = "round";
    paper.textAlign = "center";
    paper.textBaseline = "middle";
    [...done, ...(pen ? [pen] : [])].forEach((points, i) => {
      const color = colors[i % colors.length];
      paper.lineWidth = 4;
      const [x, y] = line(points, color).map((value) => Math.min(Math.max(value, 9), size - 9));
      paper.beginPath();
      paper.arc(x, y, 9, 0, 2 * Math.PI);
      paper.fill();
      paper.fillStyle = "white";
      paper.font = "bold 12px sans-serif";
      paper.fillText(i + 1, x, y + 0.5);
    });
    if (!done.length && !pen) {
      paper.fillStyle = "#595959";
      paper.font = "15px sans-serif";
      paper.fillText("draw here", size / 2, size / 4);
    }
    const full = done.length >= most;
    canvas.style.cursor = full ? "not-allowed" : "crosshair";
    const count = `${done.length} of ${most} strokes`;
    canvas.setAttribute("aria-label", `Canvas to draw on with mouse or finger: ${count} drawn.`);
    const text = full ? `${count}: no more fit` : count;
    if (status.textContent !== text) status.textContent = text;
    undo.disabled = clear.disabled = !done.length;
  };

  const where = (event) => {
    const box = canvas.getBoundingClientRect();  // on the screen, where a page may be zoomed
    const round = (value) => Math.round(1000 * Math.min(Math.max(value, -1), 1)) / 1000;
    return [round(2 * (event.clientX - box.left) / box.width - 1), round(1 - 2 * (event.clientY - box.top) / box.height)];
  };
  const far = ([x, y], [u, v], least) => Math.hypot(x - u, y - v) >= least;
  canvas.addEventListener("pointerdown", (event) => {
    if (pen || event.button !== 0 || strokes().length >= model.get("most")) return;
    event.preventDefault();
    id = event.pointerId;
    canvas.setPointerCapture(id);
    pen = [where(event)];
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!pen || event.pointerId !== id) return;
    const more = event.getCoalescedEvents?.() ?? [];
    for (const one of more.length ? more : [event]) {
      const point = where(one);
      if (far(point, pen.at(-1), APART)) pen.push(point);
    }
    draw();
  });
  const end = (event) => {
    if (!pen || event.pointerId !== id) return;
    const points = pen, last = where(event);
    pen = null;
    if (event.type === "pointerup" && far(last, points.at(-1), 0.001)) points.push(last);
    // A tap is no stroke.
    if (points.some((point) => far(point, points[0], APART))) send([...strokes(), points]);
    draw();
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  model.on("change:strokes", draw);
  draw();
  return () => model.off("change:strokes", draw);
}

export default { render };
