// A time axis on which steps are marked by dragging. The model holds the window: its first and its last step.

function render({ model, el }) {
  const n = model.get("n_steps");
  const board = document.createElement("div"), bar = document.createElement("div"), said = document.createElement("div");
  board.className = "ccdyn-strip";
  bar.className = "ccdyn-steps";
  bar.setAttribute("role", "img");
  const steps = Array.from({ length: n }, (_, t) => {
    const step = document.createElement("span");
    step.textContent = t % 5 ? "" : t;
    bar.append(step);
    return step;
  });
  board.append(bar, said);
  el.append(board);

  let start = null, id = null, now = model.get("window");  // where the drag began, the pointer that drags
  const draw = () => {
    const [first, last] = now;
    steps.forEach((step, t) => step.classList.toggle("chosen", first <= t && t <= last));
    const which = first === last ? `step ${first}` : `steps ${first} to ${last}`;
    said.textContent = `Chosen: ${which}. Drag over the steps to choose others.`;
    bar.setAttribute("aria-label", `Time axis of ${n} steps, ${which} chosen. The sliders do the same.`);
  };
  const at = (event) => {
    const box = bar.getBoundingClientRect();  // on the screen, where a page may be zoomed
    return Math.min(Math.max(Math.floor((event.clientX - box.left) / box.width * n), 0), n - 1);
  };
  const drag = (event) => {
    const t = at(event);
    now = [Math.min(start, t), Math.max(start, t)];
    draw();
  };
  bar.addEventListener("pointerdown", (event) => {
    if (start !== null || event.button !== 0) return;
    event.preventDefault();
    id = event.pointerId;
    bar.setPointerCapture(id);
    start = at(event);
    drag(event);
  });
  bar.addEventListener("pointermove", (event) => {
    if (start !== null && event.pointerId === id) drag(event);
  });
  const end = (event) => {
    if (start === null || event.pointerId !== id) return;
    start = null;
    if (event.type === "pointercancel") return follow();
    model.set("window", now);
    model.save_changes();
  };
  bar.addEventListener("pointerup", end);
  bar.addEventListener("pointercancel", end);
  const follow = () => { now = model.get("window"); draw(); };
  model.on("change:window", follow);
  draw();
  return () => model.off("change:window", follow);
}

export default { render };
