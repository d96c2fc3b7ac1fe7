def lambda_handler(event, context):
    if "fail" in event:
        raise ValueError(event["fail"])
    return {"event": event, "id": context.aws_request_id, "left": context.get_remaining_time_in_millis(),
            "arn": context.invoked_function_arn, "name": context.function_name, "memory": context.memory_limit_in_mb}
