exports.handler = function (event, context, callback) {
  if (event.late) setTimeout(() => console.log('the event loop is not empty yet'), 20);
  if (event.fail) callback(new TypeError('as asked'));
  else callback(null, { later: event.late === true });
};
