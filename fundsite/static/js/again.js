// A page that waits for something looks again by itself; without this, a link on it does.
setTimeout(() => location.reload(), 4000);
