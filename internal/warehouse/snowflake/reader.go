package snowflake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"

	"github.com/snowflakedb/gosnowflake"
)

// maxReaders is how many queries of people and charts run at once.
const maxReaders = 4

// Reader answers queries in a schema of Snowflake, as the reader's role. It is safe for concurrent use.
type Reader struct {
	cfg Config
	db  *sql.DB
}

// OpenReader logs in to ask, and to do nothing else: also while no pipeline runs, and beside one that does. Errors about
// the account, the key or the role are *event.Error.
func OpenReader(ctx context.Context, cfg Config) (*Reader, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configuring Snowflake: %w", err)
	}
	db, err := cfg.login(ctx, cfg.reader(), maxReaders)
	if err != nil {
		return nil, err
	}
	return &Reader{cfg: cfg, db: db}, nil
}

// Close ends the sessions.
func (r *Reader) Close() error { return r.db.Close() }

// reader is the role of queries.
func (c Config) reader() string {
	if c.ReaderRole != "" {
		return c.ReaderRole
	}
	return c.Role
}

// login opens at most so many sessions in a role, and the first at once.
func (c Config) login(ctx context.Context, role string, most int) (*sql.DB, error) {
	// The driver logs failed logins by itself, and to the terminal. Errors are returned, once.
	gosnowflake.GetLogger().SetOutput(io.Discard)
	driver, err := c.driver(role, loadTimeout)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, *driver))
	db.SetMaxOpenConns(most)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(explainLogin(c, err), db.Close())
	}
	return db, nil
}
