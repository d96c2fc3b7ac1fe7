export const handler = (event) => new Promise((resolve) => { if (event.quick) resolve('here'); setInterval(() => {}, 1000); });
