package snowflake

import (
	"cmp"
	"crypto/rsa"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/snowflakedb/gosnowflake"
)

// Config says which schema is loaded, and as whom.
type Config struct {
	// Account identifier, "myorg-account1", and User whose public key was set. Required.
	Account, User string
	// Key signs logins and is never shown. Required.
	Key *rsa.PrivateKey
	// Database and Schema hold the tables. They exist. Required.
	Database, Schema string
	// Warehouse that computes; Role that loads, ReaderRole that people's SQL runs as. Default: the user's; a reader
	// that may only select is what keeps people's SQL from writing.
	Warehouse, Role, ReaderRole string
	// Stage is an external stage at the root of the lake, in the schema. Default: one is made, at LakeURL by Integration.
	Stage, Integration, LakeURL string
	// Endpoint replaces https://ACCOUNT.snowflakecomputing.com, for a private link or a double.
	Endpoint string
	// Stream whose rows these are; another stream's schema is refused. Required.
	Stream string
	// LoginTimeout bounds logging in, retries included. Default 30s.
	LoginTimeout time.Duration
}

const (
	defaultLoginTimeout = 30 * time.Second
	// tokenLife is how long a signed login is valid; more than clocks differ, less than Snowflake's hour.
	tokenLife = time.Minute
	// retries is how often the driver repeats a request that met 429, 503 or a broken connection.
	retries = 4
	// loadTimeout ends a statement of the loader that hangs.
	loadTimeout = time.Hour
)

// stage is the stage's name, as SQL has it.
func (c Config) stage() string {
	if c.Stage != "" {
		return c.Stage
	}
	return "_PENSTOCK_LAKE"
}

// Validate reports every fault of the configuration.
func (c Config) Validate() error {
	var faults []error
	for name, value := range map[string]string{"account": c.Account, "user": c.User, "database": c.Database, "schema": c.Schema, "stream": c.Stream} {
		if value == "" {
			faults = append(faults, fmt.Errorf("the %s is not named", name))
		}
	}
	if c.Key == nil {
		faults = append(faults, errors.New("there is no private key"))
	}
	return errors.Join(faults...)
}

// driver is the driver's configuration of a session in the role, whose statements end after the timeout.
func (c Config) driver(role string, timeout time.Duration) (*gosnowflake.Config, error) {
	params := map[string]*string{}
	for name, value := range map[string]string{
		"TIMEZONE":  "UTC",
		"QUERY_TAG": "penstock",
		// "orders" in quotes is the table that setup and Prepare have named ORDERS.
		"QUOTED_IDENTIFIERS_IGNORE_CASE": "true",
		"STATEMENT_TIMEOUT_IN_SECONDS":   strconv.Itoa(max(1, int(timeout.Seconds()))),
		// Exact decimals, as texts.
		"GO_QUERY_RESULT_FORMAT": "JSON",
	} {
		params[name] = &value
	}
	d := &gosnowflake.Config{
		Account: c.Account, User: c.User, Authenticator: gosnowflake.AuthTypeJwt, PrivateKey: c.Key,
		Database: c.Database, Schema: c.Schema, Warehouse: c.Warehouse, Role: role,
		JWTExpireTimeout: tokenLife, LoginTimeout: cmp.Or(c.LoginTimeout, defaultLoginTimeout), MaxRetryCount: retries,
		Application: "penstock", DisableConsoleLogin: gosnowflake.ConfigBoolTrue, Params: params,
	}
	if c.Endpoint == "" {
		return d, nil
	}
	at, err := url.Parse(c.Endpoint)
	if err != nil || at.Host == "" {
		return nil, fmt.Errorf("the endpoint %q is no URL; write https://host or http://host:port", c.Endpoint)
	}
	d.Protocol, d.Host, d.Port = at.Scheme, at.Hostname(), 443
	if _, port, err := net.SplitHostPort(at.Host); err == nil {
		if d.Port, err = strconv.Atoi(port); err != nil {
			return nil, fmt.Errorf("the port of endpoint %q is no number: %w", c.Endpoint, err)
		}
	}
	return d, nil
}
