// Package session is one connection to Snowflake, by its Go driver and a key pair.
//
// It is the driver's only door besides the warehouse: what setup, status and doctor send goes through a Session.
package session

import (
	"cmp"
	"context"
	"crypto/rsa"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/snowflakedb/gosnowflake"
)

// Config says whom to connect as. Role and warehouse are chosen by statements (USE ROLE), so that what is sent is
// all there is to see.
type Config struct {
	// Account is the account identifier, "myorg-account1", without .snowflakecomputing.com. Required.
	Account string
	// User is the user whose public key was set. Required.
	User string
	// Key is the user's private key. Required. It is used to sign and never shown.
	Key *rsa.PrivateKey
	// Endpoint replaces https://ACCOUNT.snowflakecomputing.com, for a private link or a double: "http://127.0.0.1:8085".
	Endpoint string
	// LoginTimeout bounds logging in, retries included. Default 30s: a wrong account does not answer at all.
	LoginTimeout time.Duration
	// Retries is how often the driver repeats a request that met 429, 503 or a broken connection. Default 4.
	Retries int
}

const (
	defaultLoginTimeout = 30 * time.Second
	defaultRetries      = 4
	// tokenLife is how long a signed login is valid; more than clocks differ, less than Snowflake's hour.
	tokenLife = time.Minute
)

// Session is one connection: roles chosen by a statement hold for the next ones. It is not safe for concurrent use.
type Session struct {
	db   *sql.DB
	conn *sql.Conn
}

// Open logs in. Errors, as those of Query, are *event.Error with one of snowflake's codes.
func Open(ctx context.Context, cfg Config) (*Session, error) {
	driver, err := driverConfig(cfg)
	if err != nil {
		return nil, err
	}
	// The driver writes what fails to the terminal by itself. Errors are returned, once.
	gosnowflake.GetLogger().SetOutput(io.Discard)
	db := sql.OpenDB(gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, *driver))
	conn, err := db.Conn(ctx)
	if err != nil {
		_ = db.Close()
		return nil, explain(err)
	}
	return &Session{db: db, conn: conn}, nil
}

func driverConfig(cfg Config) (*gosnowflake.Config, error) {
	utc := "UTC"
	tag := "penstock"
	driver := &gosnowflake.Config{
		Account: cfg.Account, User: cfg.User, Authenticator: gosnowflake.AuthTypeJwt, PrivateKey: cfg.Key,
		JWTExpireTimeout: tokenLife, LoginTimeout: cmp.Or(cfg.LoginTimeout, defaultLoginTimeout), MaxRetryCount: cfg.Retries,
		Application: "penstock", DisableConsoleLogin: gosnowflake.ConfigBoolTrue,
		Params: map[string]*string{"TIMEZONE": &utc, "QUERY_TAG": &tag},
	}
	if driver.MaxRetryCount == 0 {
		driver.MaxRetryCount = defaultRetries
	}
	if cfg.Endpoint == "" {
		return driver, nil
	}
	at, err := url.Parse(cfg.Endpoint)
	if err != nil || at.Host == "" {
		return nil, fmt.Errorf("the endpoint %q is no URL; write https://host or http://host:port", cfg.Endpoint)
	}
	driver.Protocol, driver.Host, driver.Port = at.Scheme, at.Hostname(), 443
	if _, port, err := net.SplitHostPort(at.Host); err == nil {
		if driver.Port, err = strconv.Atoi(port); err != nil {
			return nil, fmt.Errorf("the port of endpoint %q is no number: %w", cfg.Endpoint, err)
		}
	}
	return driver, nil
}

// maxRows bounds an answer that is read whole: SHOW gives at most 10,000.
const maxRows = 10_000

// Query runs one statement and reads its rows by lower-case column name, NULL as the empty text.
func (s *Session) Query(ctx context.Context, statement string) ([]map[string]string, error) {
	rows, err := s.conn.QueryContext(ctx, statement)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close() //nolint:errcheck // Err below tells of a broken result
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var all []map[string]string
	for rows.Next() && len(all) < maxRows {
		cells := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		row := make(map[string]string, len(names))
		for i, name := range names {
			row[strings.ToLower(name)] = cells[i].String
		}
		all = append(all, row)
	}
	return all, explain(rows.Err())
}

// Close ends the session.
func (s *Session) Close() error {
	_ = s.conn.Close() // the database's own Close tells
	return s.db.Close()
}
