/* Beats once a second also where the browser slows down the timers of a page nobody looks at. */
setInterval(() => postMessage(0), 1000);
