export const handler = async (event) => 'x'.repeat(event.size);
