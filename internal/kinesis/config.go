package kinesis

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"
)

const mib = 1 << 20

// Limits of the service that clients rely on.
const (
	maxBodyBytes        = 16 * mib // 10 MiB of data are 14 MiB of base64 in JSON
	maxPutRecords       = 500
	maxPutRecordsBytes  = 10 * mib // data and partition keys of one request
	maxRecordBytes      = 10 * mib // the most a stream can be raised to
	maxPartitionKey     = 256      // characters
	maxGetRecords       = 10_000
	maxGetRecordsBytes  = 10 * mib
	tokenLifetime       = 300 * time.Second
	maxTags             = 50
	defaultStreamShards = 4 // of an on-demand stream without a ShardCount
)

// Config says who the front door is and what it may use. The zero value is ready for use on a
// loopback address.
type Config struct {
	// Region appears in ARNs. Default us-east-1, the SDKs' own. Requests signed for any region
	// are accepted, because it protects nothing here.
	Region string
	// AccountID appears in ARNs and error texts: 12 digits. Default 000000000000, which cannot
	// be mistaken for a real account.
	AccountID string
	// Credentials may sign requests. Empty: signatures are not looked at, which is for loopback
	// addresses only.
	Credentials []Credential
	// CertFile and KeyFile are PEM files; with them the port speaks TLS and nothing else.
	CertFile, KeyFile string
	// MaxRecordBytes limits data and partition key of a record, for streams without a limit of
	// their own. Default 1 MiB, as in AWS; at most 10 MiB.
	MaxRecordBytes int
	// MaxInFlightBytes bounds the memory that bodies, decoded records and answers of all
	// requests together may use; a request that would pass it waits for a moment and then gets
	// ProvisionedThroughputExceededException. Default 64 MiB: two requests of the largest size,
	// or about 150 of 500 small records, a tenth of the memory of the whole process.
	MaxInFlightBytes int64
	// MaxConnections bounds open connections, as each costs memory before its first request;
	// the next one takes the place of that which has been without a request for longest, or waits
	// until there is one. Default 1024.
	MaxConnections int
	// MaxRequests bounds the requests under way on all connections together, as each costs memory for its header before its
	// body is accounted for. Past it a connection that has more than two gets ProvisionedThroughputExceededException,
	// and past twice as many a broken stream. Default 1024, which only HTTP/2 can reach.
	MaxRequests int
	// MaxShards bounds the shards of all streams together, because each one costs memory and
	// files. Default 200, AWS's quota in most regions.
	MaxShards int
	// IteratorKey protects shard iterators and list tokens: 32 bytes. With a key that outlives
	// the process, iterators do too. Default: a random one.
	IteratorKey []byte
	// DrainTimeout is how long requests may run on once the server is told to stop. Default 10 s.
	DrainTimeout time.Duration
	// Observe, if set, is told about each request once it is answered. It is called from the request's own
	// goroutine and must return at once.
	Observe func(Answered)
	// Logger gets faults of our own; what clients do wrong is answered, not logged. Default
	// slog.Default().
	Logger *slog.Logger
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// Answered is a request that has been answered.
type Answered struct {
	// Operation is the one asked for, as the caller wrote it: it may be anything.
	Operation string
	// Status is the HTTP status of the answer.
	Status int
	// Took is the time since the request's header arrived.
	Took time.Duration
}

// Credential is an access key that may sign requests.
type Credential struct {
	AccessKeyID string
	// SecretAccessKey is never logged and never part of an error.
	SecretAccessKey string
}

// LogValue keeps the secret out of logs.
func (c Credential) LogValue() slog.Value { return slog.StringValue(c.AccessKeyID) }

// String keeps the secret out of formatted text.
func (c Credential) String() string { return c.AccessKeyID }

// GoString keeps the secret out of %#v.
func (c Credential) GoString() string { return fmt.Sprintf("Credential(%q)", c.AccessKeyID) }

var (
	accountPattern = regexp.MustCompile(`^\d{12}$`)
	regionPattern  = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
)

// Validate reports everything that is wrong with the configuration, not only the first thing.
func (c Config) Validate() error {
	c = c.withDefaults()
	var faults []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	fault(!regionPattern.MatchString(c.Region), "region %q: write something like us-east-1", c.Region)
	fault(!accountPattern.MatchString(c.AccountID), "account id %q: write 12 digits", c.AccountID)
	fault((c.CertFile == "") != (c.KeyFile == ""), "TLS needs both a certificate and a key file")
	fault(c.MaxRecordBytes < 1 || c.MaxRecordBytes > maxRecordBytes,
		"the record limit is %d bytes: write 1 to %d", c.MaxRecordBytes, maxRecordBytes)
	fault(c.MaxInFlightBytes < 2*maxBodyBytes,
		"the in-flight limit is %d bytes: one request may need %d", c.MaxInFlightBytes, 2*maxBodyBytes)
	fault(c.MaxConnections < 1, "the connection limit is %d: write 1 or more", c.MaxConnections)
	fault(c.MaxRequests < 1, "the request limit is %d: write 1 or more", c.MaxRequests)
	fault(c.MaxShards < 1, "the shard limit is %d: write 1 or more", c.MaxShards)
	fault(len(c.IteratorKey) != 0 && len(c.IteratorKey) != 32, "the iterator key has %d bytes: it needs 32", len(c.IteratorKey))
	seen := map[string]bool{}
	for i, k := range c.Credentials {
		fault(k.AccessKeyID == "" || k.SecretAccessKey == "", "credential %d: it needs an access key id and a secret", i+1)
		fault(seen[k.AccessKeyID], "credential %d: access key id %q is there twice", i+1, k.AccessKeyID)
		seen[k.AccessKeyID] = true
	}
	return errors.Join(faults...)
}

func (c Config) withDefaults() Config {
	setDefault(&c.Region, "us-east-1")
	setDefault(&c.AccountID, "000000000000")
	setDefault(&c.MaxRecordBytes, mib)
	setDefault(&c.MaxInFlightBytes, 64*mib)
	setDefault(&c.MaxConnections, 1024)
	setDefault(&c.MaxRequests, 1024)
	setDefault(&c.MaxShards, 200)
	setDefault(&c.DrainTimeout, 10*time.Second)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
