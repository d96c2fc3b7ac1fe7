export async function handler(event, context) {
  return { event, id: context.awsRequestId, left: context.getRemainingTimeInMillis(), arn: context.invokedFunctionArn, name: context.functionName,
    memory: context.memoryLimitInMB, secret: process.env.SECRET ?? null, given: process.env.GIVEN, root: process.env.LAMBDA_TASK_ROOT === process.cwd() };
}
