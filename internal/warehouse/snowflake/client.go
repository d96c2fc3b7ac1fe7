package snowflake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/snowflakedb/gosnowflake"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/warehouse"
)

// Client is a schema of Snowflake as a pipeline's warehouse. It is safe for concurrent use. The pipeline is the only one that
// loads it, so what is known of the watermarks and the counts is kept until the next load.
type Client struct {
	cfg     Config
	files   warehouse.Files
	loader  *sql.DB
	readers *Reader

	mu sync.Mutex // held by a load, and by whatever must not see one half done
	// schema is what the tables are; nil until Prepare.
	schema map[string]warehouse.TableShape
	// marks are the watermarks; nil when they must be read.
	marks map[int]warehouse.Watermark
	// counted is the last snapshot, until the next load.
	counted *warehouse.Snapshot

	// loading says that a load holds mu; last is the last snapshot, whatever was loaded since.
	loading atomic.Bool
	last    atomic.Pointer[warehouse.Snapshot]
}

// maxLoaders is how many sessions have the loader's role: one for the load, and one to look up what was loaded meanwhile.
const maxLoaders = 2

// Open logs in with both roles. files gives files whose rows Snowflake refuses; without it, such a file is recorded as damaged.
// Errors about the account, the key, the role or the schema are *event.Error.
func Open(ctx context.Context, cfg Config, files warehouse.Files) (*Client, error) {
	reader, err := OpenReader(ctx, cfg)
	if err != nil {
		return nil, err
	}
	loader, err := cfg.login(ctx, cfg.Role, maxLoaders)
	if err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	return &Client{cfg: cfg, files: files, loader: loader, readers: reader}, nil
}

// Close ends the sessions.
func (c *Client) Close() error { return errors.Join(c.loader.Close(), c.readers.Close()) }

// Query is Reader's.
func (c *Client) Query(ctx context.Context, statement string, limits Limits) (*Rows, error) {
	return c.readers.Query(ctx, statement, limits)
}

// Metered is true: a query costs credits.
func (c *Client) Metered() bool { return true }

func explainLogin(cfg Config, err error) error {
	hint := "check the account's name, and that this machine reaches " + cfg.Account + ".snowflakecomputing.com"
	if answered, ok := errors.AsType[*gosnowflake.SnowflakeError](err); ok && answered.Number >= firstServerError {
		hint = "check the user, that its public key is that of the private key (`penstock snowflake keys` prints the ALTER USER), the roles and the database"
	}
	return &event.Error{Code: "snowflake_login", Message: fmt.Sprintf("logging in to Snowflake as %s at %s failed", cfg.User, cfg.Account), Err: err, Hint: hint}
}

// firstServerError is where the numbers of Snowflake's own answers to a login begin; the driver's are below.
const firstServerError = 390_000

// firstDataError and lastDataError bound Snowflake's error numbers about the content of files and values (100038: numeric
// value is not recognized, 100080: number of columns in file does not match, and their like).
const (
	firstDataError = 100_000
	lastDataError  = 100_999
)

// dataException is the class of SQLSTATE for data that cannot be what they should be (SQL:2016, data exception).
const dataException = "22"

// firstSessionError and lastStageError bound the numbers of sessions without a database or a running warehouse (90105) and of
// stages whose files cannot be reached (91016), some of which have the class of data exceptions.
const (
	firstSessionError = 90_000
	lastStageError    = 91_999
)

// aboutData reports whether an error of a load is about what is in the files: no other try would change it, and what
// comes behind must not wait for it. Snowflake's other refusals, as of a stage that is gone or a privilege, pass when
// somebody mends them.
func aboutData(err error) bool {
	answered, ok := errors.AsType[*gosnowflake.SnowflakeError](err)
	if !ok || answered.Number >= firstSessionError && answered.Number <= lastStageError {
		return false
	}
	return answered.Number >= firstDataError && answered.Number <= lastDataError || strings.HasPrefix(answered.SQLState, dataException)
}

// alreadyExists is Snowflake's error number for an object that is there.
const alreadyExists = 2002

func exists(err error) bool {
	answered, ok := errors.AsType[*gosnowflake.SnowflakeError](err)
	return ok && answered.Number == alreadyExists
}

// unavailable marks an error as one that may pass. Nothing of the transaction is left.
func unavailable(what string, err error) error {
	return fmt.Errorf("%w: %s: %w", warehouse.ErrUnavailable, what, err)
}
