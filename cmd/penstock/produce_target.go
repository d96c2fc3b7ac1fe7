package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/smithy-go/logging"
	"github.com/spf13/pflag"

	"github.com/penstock/penstock/internal/app"
	"github.com/penstock/penstock/internal/cloud"
	"github.com/penstock/penstock/internal/produce"
	"github.com/penstock/penstock/internal/running"
)

// localRegion is the region of endpoints that have none of their own.
const localRegion = "us-east-1"

// targetOptions say where events are sent to.
type targetOptions struct {
	stream, endpoint, region, profile, data string
	// outputs is the file of a deployment, and stack one of its stacks.
	outputs, stack string
}

func (o *targetOptions) register(flags *pflag.FlagSet) {
	flags.StringVar(&o.stream, "stream", "", "the stream (default: the one of the pipeline running on this machine)")
	flags.StringVar(&o.endpoint, "endpoint", "", "the URL of a Kinesis endpoint (default: the pipeline running on this machine)")
	flags.StringVar(&o.region, "region", "", "send to Amazon Kinesis in this region, by the usual AWS configuration")
	flags.StringVar(&o.profile, "profile", "", "use this profile of the AWS configuration")
	flags.StringVar(&o.data, "data", "", "the data folder of the pipeline to send to, when several are running")
	flags.StringVar(&o.outputs, "outputs", "", "send to a pipeline on AWS, by the file that penstock aws deploy wrote")
	flags.StringVar(&o.stack, "stack", "", "with --outputs: the stack, if the file has several")
}

func (o targetOptions) validate() error {
	if o.outputs != "" && (o.data != "" || o.stream != "") || o.outputs == "" && o.stack != "" {
		return errors.New("--outputs names the stream, and --stack is one of its stacks; leave --data and --stream out")
	}
	if o.data != "" && (o.endpoint != "" || o.region != "" || o.profile != "") {
		return errors.New("--data names a pipeline on this machine; --endpoint, --region and --profile name another target")
	}
	if o.endpoint != "" {
		at, err := url.Parse(o.endpoint)
		if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" {
			return fmt.Errorf("--endpoint %s: write a URL such as http://127.0.0.1:4567", o.endpoint)
		}
	}
	if o.outputs == "" && o.stream == "" && (o.endpoint != "" || o.region != "" || o.profile != "") {
		return errors.New("name the stream with --stream")
	}
	return nil
}

// target is where events are sent to.
type target struct {
	client produce.Client
	stream string
	// endpoint is its address, or the name of Amazon's.
	endpoint string
	// idFile counts the ids of dummy orders sent there.
	idFile string
	// pipeline is the folder of the pipeline on this machine that reads the stream; empty if none is known to.
	pipeline string
}

func (o targetOptions) resolve(ctx context.Context) (target, error) {
	if o.outputs != "" {
		names, err := cloud.ReadOutputs(o.outputs, o.stack)
		if err != nil {
			return target{}, usageError{err}
		}
		o.stream = names.Stream
		if o.region == "" {
			o.region = names.Region
		}
		return o.resolveRemote(ctx)
	}
	if o.endpoint != "" || o.region != "" || o.profile != "" {
		return o.resolveRemote(ctx)
	}
	info, err := running.Find(o.data)
	if err != nil {
		return target{}, err
	}
	stream := o.stream
	if stream == "" {
		if len(info.Streams) != 1 {
			return target{}, usageError{fmt.Errorf("the pipeline has the streams %s; choose one with --stream", strings.Join(info.Streams, ", "))}
		}
		stream = info.Streams[0]
	}
	reader := ""
	if stream == info.Streams[0] {
		reader = info.PipelineDir
	}
	cfg, err := o.configuration(ctx, info.KinesisURL)
	if err != nil {
		return target{}, err
	}
	if info.Certificate != "" {
		cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.TLSClientConfig = app.Pinned(info.Certificate)
		})
	}
	return target{
		client:   &followingClient{client: produce.NewClient(cfg, ""), dataDir: info.DataDir, at: info.KinesisURL},
		stream:   stream,
		endpoint: info.KinesisURL,
		idFile:   filepath.Join(info.DataDir, "produce", fileName(stream)+".json"),
		pipeline: reader,
	}, nil
}

// resolveRemote is for any other endpoint, and Amazon's.
func (o targetOptions) resolveRemote(ctx context.Context) (target, error) {
	cfg, err := o.configuration(ctx, o.endpoint)
	if err != nil {
		return target{}, err
	}
	endpoint := o.endpoint
	if endpoint == "" {
		endpoint = "kinesis." + cfg.Region + ".amazonaws.com"
		if cfg.Region == "" {
			return target{}, usageError{errors.New("the AWS configuration names no region; write --region")}
		}
	}
	if err := identified(ctx, cfg); err != nil {
		return target{}, err
	}
	state, err := stateDir()
	if err != nil {
		return target{}, err
	}
	return target{
		client:   produce.NewClient(cfg, o.endpoint),
		stream:   o.stream,
		endpoint: endpoint,
		idFile:   filepath.Join(state, "produce", fileName(endpoint)+"_"+fileName(o.stream)+".json"),
	}, nil
}

// configuration is the usual AWS configuration. For an endpoint on this machine, which may ask for
// no keys at all, a missing region and missing keys are made up.
func (o targetOptions) configuration(ctx context.Context, endpoint string) (aws.Config, error) {
	// What the SDK logs is said again, in words for people, by what it returns.
	options := []func(*config.LoadOptions) error{config.WithLogger(logging.Nop{})}
	if o.region != "" {
		options = append(options, config.WithRegion(o.region))
	}
	if o.profile != "" {
		options = append(options, config.WithSharedConfigProfile(o.profile))
	}
	if endpoint != "" {
		options = append(options, config.WithDefaultRegion(localRegion))
	}
	if onThisMachine(endpoint) && o.profile == "" && os.Getenv("AWS_ACCESS_KEY_ID") == "" && os.Getenv("AWS_PROFILE") == "" {
		options = append(options, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("penstock", "penstock", "")))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return cfg, usageError{fmt.Errorf("reading the AWS configuration: %w", err)}
	}
	return cfg, nil
}

// onThisMachine says whether a URL is of this machine.
func onThisMachine(endpoint string) bool {
	at, err := url.Parse(endpoint)
	if err != nil || endpoint == "" {
		return false
	}
	host := at.Hostname()
	return host == "localhost" || net.ParseIP(host).IsLoopback() || net.ParseIP(host).IsUnspecified()
}

// stateDir is where this program keeps what it must remember for its user.
func stateDir() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "penstock"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("nowhere to remember which order ids are taken: %w; set XDG_STATE_HOME to a folder", err)
	}
	return filepath.Join(home, ".local", "state", "penstock"), nil
}

var notInFileNames = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// fileName makes a name of a file from any text.
func fileName(text string) string { return notInFileNames.ReplaceAllString(text, "-") }

// followingClient sends to the pipeline on a data folder, wherever it listens: a pipeline that was
// given any free port has another one after a restart.
type followingClient struct {
	client  *kinesis.Client
	dataDir string

	mu sync.Mutex
	at string
}

// PutRecords makes one call, and after a failed one looks where the pipeline is now.
func (f *followingClient) PutRecords(ctx context.Context, in *kinesis.PutRecordsInput, options ...func(*kinesis.Options)) (*kinesis.PutRecordsOutput, error) {
	f.mu.Lock()
	at := f.at
	f.mu.Unlock()
	out, err := f.client.PutRecords(ctx, in, append(options, func(o *kinesis.Options) { o.BaseEndpoint = &at })...)
	if err == nil {
		return out, nil
	}
	if info, findErr := running.Find(f.dataDir); findErr == nil {
		f.mu.Lock()
		f.at = info.KinesisURL
		f.mu.Unlock()
	}
	return out, err
}
