package aws

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	firehosetypes "github.com/aws/aws-sdk-go-v2/service/firehose/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/penstock/penstock/internal/cloud"
	"github.com/penstock/penstock/test/harness"
)

// transformerLog is the log of a function that names none; moto forgets LoggingConfig.
const transformerLog = "/aws/lambda/PipelineStack-Transformer-1"

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func makeBucket(t *testing.T, lake *s3.Client) {
	t.Helper()
	must[*s3.CreateBucketOutput](t)(lake.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket:                    aws.String("pipelinestack-lake-1"),
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region},
	}))
}

func put(t *testing.T, lake *s3.Client, key string, data []byte) {
	t.Helper()
	must[*s3.PutObjectOutput](t)(lake.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("pipelinestack-lake-1"), Key: &key, Body: bytes.NewReader(data)}))
}

func makeStream(t *testing.T, m *moto, shards int32) *kinesis.Client {
	t.Helper()
	client := kinesis.NewFromConfig(m.config())
	must[*kinesis.CreateStreamOutput](t)(client.CreateStream(t.Context(), &kinesis.CreateStreamInput{StreamName: aws.String("orders"), ShardCount: &shards}))
	if err := kinesis.NewStreamExistsWaiter(client, func(o *kinesis.StreamExistsWaiterOptions) { o.MinDelay, o.MaxDelay = 50*time.Millisecond, time.Second }).
		Wait(t.Context(), &kinesis.DescribeStreamInput{StreamName: aws.String("orders")}, 3*time.Minute); err != nil {
		t.Fatal(err)
	}
	return client
}

// deployed makes what the stack would make, as far as moto has it, and returns the world beside it.
func deployed(t *testing.T) (*moto, *world) {
	t.Helper()
	m := startMoto(t)
	w := newWorld(t, m)
	w.write("outputs.json", outputs())
	makeStream(t, m, 2)
	makeBucket(t, s3.NewFromConfig(m.config()))
	logs := cloudwatchlogs.NewFromConfig(m.config())
	for _, group := range []string{transformerLog, "delivery-log"} {
		must[*cloudwatchlogs.CreateLogGroupOutput](t)(logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &group}))
		must[*cloudwatchlogs.CreateLogStreamOutput](t)(logs.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &group, LogStreamName: aws.String("s")}))
	}
	role := must[*iam.CreateRoleOutput](t)(iam.NewFromConfig(m.config()).CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName: aws.String("part"), AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)}))
	must[*firehose.CreateDeliveryStreamOutput](t)(firehose.NewFromConfig(m.config()).CreateDeliveryStream(t.Context(), &firehose.CreateDeliveryStreamInput{
		DeliveryStreamName: aws.String("PipelineStack-Delivery-1"),
		ExtendedS3DestinationConfiguration: &firehosetypes.ExtendedS3DestinationConfiguration{
			BucketARN: aws.String("arn:aws:s3:::pipelinestack-lake-1"), RoleARN: role.Role.Arn,
			CloudWatchLoggingOptions: &firehosetypes.CloudWatchLoggingOptions{Enabled: aws.Bool(true), LogGroupName: aws.String("delivery-log"), LogStreamName: aws.String("s")},
		},
	}))
	var code bytes.Buffer
	pack := zip.NewWriter(&code)
	if _, err := pack.Create("bootstrap"); err != nil {
		t.Fatal(err)
	}
	if err := pack.Close(); err != nil {
		t.Fatal(err)
	}
	must[*lambda.CreateFunctionOutput](t)(lambda.NewFromConfig(m.config()).CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: aws.String("PipelineStack-Transformer-1"), Role: role.Role.Arn, Runtime: lambdatypes.RuntimeProvidedal2023, Handler: aws.String("bootstrap"),
		Code: &lambdatypes.FunctionCode{ZipFile: code.Bytes()},
	}))
	return m, w
}

func status(t *testing.T, w *world, code int) (s cloud.Status) {
	t.Helper()
	r := w.run("", "aws", "status", "--json")
	if err := json.Unmarshal([]byte(r.out), &s); err != nil || r.code != code {
		t.Fatalf("exit %d, want %d: %v\n%s", r.code, code, err, r.out+r.errOut)
	}
	return s
}

func part(s cloud.Status, name string) (p cloud.Part) {
	for _, p := range s.Parts {
		if p.Part == name {
			return p
		}
	}
	return p
}

func TestStatusShowsEveryPart(t *testing.T) {
	m, w := deployed(t)
	alarms := fakeCloudWatch(t, w)
	lake := s3.NewFromConfig(m.config())
	for _, key := range []string{
		"data/orders/dt=2026-11-21/hour=23/x-old.csv.gz", "data/orders/dt=2026-11-22/hour=05/x-1.csv.gz",
		"data/orders/dt=2026-11-22/hour=11/x-2.csv.gz", "data/quarantine/dt=2026-11-22/hour=05/q.csv.gz",
	} {
		put(t, lake, key, []byte("x"))
	}
	s := status(t, w, 0)
	if !s.OK || len(s.Parts) != 6 || len(s.Tables) != 2 || s.Tables[0].Newest != "data/orders/dt=2026-11-22/hour=11/x-2.csv.gz" || s.Tables[1].Name != "quarantine" {
		t.Errorf("%+v", s)
	}
	if p := part(s, "stream"); p.State != "ACTIVE, 2 shard(s), keeps 24h" {
		t.Errorf("%+v", p)
	}
	alarms.ring("PipelineStack-AlarmFreshness-1", "Rows are late")
	put(t, lake, "errors/processing-failed/dt=2026-11-22/hour=05/e", []byte("{}"))
	s = status(t, w, 1)
	if len(s.Alarms) != 1 || s.Alarms[0].Reason != "Rows are late" || part(s, "errors").Wrong == "" || part(s, "lake").Wrong != "" {
		t.Errorf("%+v", s)
	}
	put(t, lake, "redriven/errors/processing-failed/dt=2026-11-22/hour=05/e/000000.json", []byte("{}"))
	if s = status(t, w, 1); part(s, "errors").Wrong != "" {
		t.Errorf("what was redriven still counts: %+v", s)
	}
}

// A part that is gone, or that the caller may not see, hides none of the others.
func TestAPartThatCannotBeSeenSaysSoAlone(t *testing.T) {
	m, w := deployed(t)
	fakeCloudWatch(t, w)
	must[*firehose.DeleteDeliveryStreamOutput](t)(firehose.NewFromConfig(m.config()).DeleteDeliveryStream(t.Context(),
		&firehose.DeleteDeliveryStreamInput{DeliveryStreamName: aws.String("PipelineStack-Delivery-1")}))
	s := status(t, w, 1)
	for _, p := range s.Parts {
		if (p.Error != "") != (p.Part == "delivery") {
			t.Errorf("%+v", p)
		}
	}
	if r := w.run("", "aws", "status"); r.code != 1 || !strings.Contains(r.out, "??  delivery") || !strings.Contains(r.out, "ok  stream") {
		t.Errorf("exit %d\n%s", r.code, r.out)
	}
}

func TestTailShowsBothLogsAndTheStreamsRecords(t *testing.T) {
	m, w := deployed(t)
	logs := cloudwatchlogs.NewFromConfig(m.config())
	now := time.Now().UnixMilli()
	for group, text := range map[string]string{transformerLog: "a cold start", "delivery-log": "access\x1b[31m denied"} {
		must[*cloudwatchlogs.PutLogEventsOutput](t)(logs.PutLogEvents(t.Context(), &cloudwatchlogs.PutLogEventsInput{
			LogGroupName: &group, LogStreamName: aws.String("s"), LogEvents: []logstypes.InputLogEvent{{Message: &text, Timestamp: &now}}}))
	}
	r := w.run("", "aws", "tail", "--once")
	if r.code != 0 || !strings.Contains(r.out, "transformer a cold start") || !strings.Contains(r.out, "delivery    access·[31m denied") {
		t.Errorf("exit %d\n%s", r.code, r.out+r.errOut)
	}
	if r := w.run("", "produce", "20", "--outputs", "outputs.json", "--seed", "1"); r.code != 0 || !strings.Contains(r.out, "Sent 20 events to stream orders") {
		// The SDK's endpoint is moto's, by the environment.
		t.Fatalf("exit %d\n%s", r.code, r.out+r.errOut)
	}
	r = w.run("", "aws", "tail", "--records", "--once", "--json")
	if lines := strings.Count(r.out, "\n"); r.code != 0 || lines != 20 {
		t.Errorf("exit %d, %d lines\n%s", r.code, lines, r.errOut)
	}
}

// The stream of a pipeline on this machine takes what is produced for a deployed one.
func TestProduceToOurOwnEndpointByOutputs(t *testing.T) {
	p := harness.Example(t, "orders").Start()
	w := newWorld(t, nil)
	w.env = append(w.env, "AWS_ENDPOINT_URL="+p.KinesisURL())
	w.write("outputs.json", outputs())
	if r := w.run("", "produce", "50", "--outputs", "outputs.json"); r.code != 0 {
		t.Fatalf("exit %d\n%s", r.code, r.errOut)
	}
	p.WaitDelivered(50, 3*time.Minute)
}

func TestOutputsThatAreMissingOrWrongSayWhatToDo(t *testing.T) {
	w := newWorld(t, nil)
	for name, c := range map[string]struct{ text, want string }{
		"nothing":    {"", "`penstock aws deploy` writes"},
		"no JSON":    {"x", "it is not {stack: {name: value}}"},
		"no name":    {`{"S": {"s3BucketName": "b"}}`, "has no output"},
		"two stacks": {`{"A": {}, "B": {}}`, "A, B; choose one with --stack"},
		"no texts":   {`{"S": {"s3BucketName": 1}}`, "not texts"},
	} {
		if c.text != "" {
			w.write("outputs.json", c.text)
		}
		if name == "nothing" {
			if r := w.run("", "aws", "status", "--outputs", "none.json"); r.code != 2 || !strings.Contains(r.errOut, c.want) {
				t.Errorf("%s: exit %d, %s", name, r.code, r.errOut)
			}
			continue
		}
		if r := w.run("", "aws", "status"); r.code != 2 || !strings.Contains(r.errOut, c.want) {
			t.Errorf("%s: exit %d, %s", name, r.code, r.errOut)
		}
	}
}
