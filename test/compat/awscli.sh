#!/bin/sh
# Drives a Kinesis endpoint with the AWS CLI. Ends with exit code 0 if everything is as AWS does it.
#
#   PENSTOCK_ENDPOINT=http://127.0.0.1:4567 AWS=aws ./awscli.sh
set -eu

AWS=${AWS:-aws}
export AWS_ACCESS_KEY_ID="${AWS_ACCESS_KEY_ID:-test}" AWS_SECRET_ACCESS_KEY="${AWS_SECRET_ACCESS_KEY:-test}"
export AWS_DEFAULT_REGION="${AWS_REGION:-us-east-1}" AWS_PAGER="" AWS_EC2_METADATA_DISABLED=true
endpoint=${PENSTOCK_ENDPOINT:-http://127.0.0.1:4567}
stream=cli-compat-$$

kinesis() { "$AWS" --endpoint-url "$endpoint" --output text kinesis "$@"; }
# Version 2 takes blobs in base64, version 1 as they are.
encode() { case $("$AWS" --version 2>&1) in aws-cli/1*) printf %s "$1" ;; *) printf %s "$1" | base64 ;; esac; }
ok() { echo "ok  $1"; }
same() {
    [ "$2" = "$3" ] || { echo "$1: got \"$2\", want \"$3\"" >&2; exit 1; }
    ok "$1"
}

kinesis create-stream --stream-name "$stream" --shard-count 1
kinesis wait stream-exists --stream-name "$stream"
same "describe-stream" "$(kinesis describe-stream --stream-name "$stream" --query StreamDescription.StreamStatus)" ACTIVE
same "describe-stream-summary" "$(kinesis describe-stream-summary --stream-name "$stream" --query StreamDescriptionSummary.OpenShardCount)" 1
kinesis list-streams --query StreamNames | tr '\t' '\n' | grep -qx "$stream"
ok "list-streams"

number=$(kinesis put-record --stream-name "$stream" --partition-key a --data "$(encode '{"id":1}')" --query SequenceNumber)
failed=$(kinesis put-records --stream-name "$stream" \
    --records "Data=$(encode two),PartitionKey=b" "Data=$(encode three),PartitionKey=c" --query FailedRecordCount)
same "put-records" "$failed" 0

# The quotes of the CLI's JSON output are left around the iterator, as scripts often do.
iterator=$("$AWS" --endpoint-url "$endpoint" --output json kinesis get-shard-iterator --stream-name "$stream" \
    --shard-id 0 --shard-iterator-type TRIM_HORIZON --query ShardIterator)
data=$(kinesis get-records --shard-iterator "$iterator" --query 'Records[].Data' | tr '\t' '\n' | while read -r d; do echo "$d" | base64 -d; echo; done | paste -sd, -)
same "get-records from TRIM_HORIZON" "$data" '{"id":1},two,three'
iterator=$(kinesis get-shard-iterator --stream-name "$stream" --shard-id shardId-000000000000 \
    --shard-iterator-type AFTER_SEQUENCE_NUMBER --starting-sequence-number "$number" --query ShardIterator)
same "get-records from AFTER_SEQUENCE_NUMBER" "$(kinesis get-records --shard-iterator "$iterator" --limit 1 --query 'Records[0].PartitionKey')" b

kinesis add-tags-to-stream --stream-name "$stream" --tags team=orders,stage=test
same "list-tags-for-stream" "$(kinesis list-tags-for-stream --stream-name "$stream" --query 'Tags[].Key' | tr '\t' ',')" stage,team

message=$(kinesis put-record --stream-name none --partition-key a --data YQ== 2>&1) && { echo "put-record to no stream succeeded" >&2; exit 1; }
case $message in
*ResourceNotFoundException*"Stream none under account "*" not found."*) ok "put-record to no stream" ;;
*) echo "put-record to no stream: $message" >&2; exit 1 ;;
esac

kinesis delete-stream --stream-name "$stream"
kinesis wait stream-not-exists --stream-name "$stream"
ok "delete-stream"
