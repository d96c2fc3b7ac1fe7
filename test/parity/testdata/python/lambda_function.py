import base64
import csv
import io
import json
from datetime import datetime, timezone

COLUMNS = ["id", "order_id", "customer_id", "product_name", "product_quantity", "product_price", "phone_number",
           "address", "city", "country", "order_cost", "order_date", "generate_date"]


def lambda_handler(event, context):
    """Rows with the metadata columns, which can be loaded; what has no order_id is dropped."""
    output = []
    for record in event["records"]:
        order = json.loads(base64.b64decode(record["data"]))
        if "order_id" not in order:
            output.append({"recordId": record["recordId"], "result": "Dropped", "data": record["data"]})
            continue
        meta = record["kinesisRecordMetadata"]
        arrived = datetime.fromtimestamp(meta["approximateArrivalTimestamp"] / 1000, timezone.utc).isoformat()
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(
            [meta["shardId"], meta["sequenceNumber"], arrived] + [order[column] for column in COLUMNS])
        output.append({"recordId": record["recordId"], "result": "Ok",
                       "data": base64.b64encode(text.getvalue().encode()).decode(),
                       "metadata": {"partitionKeys": {"table": "orders"}}})
    return {"records": output}
