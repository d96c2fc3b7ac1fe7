export const handler = async () => { console.log('last words'); process.exit(3); };
