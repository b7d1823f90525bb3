/* Whoever has signed out leaves no names in this browser: what Đi từng nhà kept is gone, in its other tabs too. */
if (window.caches) caches.delete("di-nha");
if (window.BroadcastChannel) new BroadcastChannel("di-nha").postMessage("out");
