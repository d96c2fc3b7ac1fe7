package format

import (
	"fmt"
	"strings"
)

// The formats and compressions a Config may name.
const (
	CSV     = "csv"
	Parquet = "parquet"

	Gzip   = "gzip"
	Zstd   = "zstd"
	Snappy = "snappy"
	None   = "none"
)

// Config says how files are encoded.
type Config struct {
	// Format is "csv" (default: every tool reads it, and a person can) or "parquet" (smaller, and
	// cheaper to load and to query in place).
	Format string
	// Compression is "gzip", "zstd" or "none"; for Parquet also "snappy". Empty means gzip for
	// CSV, because every loader unpacks it, and snappy for Parquet, because every reader has it.
	Compression string
	// Bare files have no header: the bytes of a Firehose object, of which no call of a function knows
	// where it begins. CSV only.
	Bare bool
}

// extensions pairs every valid Config with its name; the name ends the file's name in the lake.
var extensions = []struct {
	config Config
	name   string
}{
	{Config{CSV, Gzip, false}, "csv.gz"},
	{Config{CSV, Zstd, false}, "csv.zst"},
	{Config{CSV, None, false}, "csv"},
	{Config{CSV, Gzip, true}, "bare.csv.gz"},
	{Config{CSV, Zstd, true}, "bare.csv.zst"},
	{Config{CSV, None, true}, "bare.csv"},
	{Config{Parquet, Snappy, false}, "parquet"},
	{Config{Parquet, Zstd, false}, "zstd.parquet"},
	{Config{Parquet, Gzip, false}, "gz.parquet"},
	{Config{Parquet, None, false}, "plain.parquet"},
}

// withDefaults fills what is empty.
func (c Config) withDefaults() Config {
	if c.Format == "" {
		c.Format = CSV
	}
	if c.Compression == "" {
		c.Compression = Gzip
		if c.Format == Parquet {
			c.Compression = Snappy
		}
	}
	return c
}

// Validate reports a format or a compression that does not exist.
func (c Config) Validate() error {
	c = c.withDefaults()
	for _, e := range extensions {
		if e.config == c {
			return nil
		}
	}
	switch c.Format {
	case CSV:
		return fmt.Errorf("compression %q does not exist for csv; write gzip, zstd or none", c.Compression)
	case Parquet:
		return fmt.Errorf("compression %q does not exist for parquet; write snappy, zstd, gzip or none", c.Compression)
	}
	return fmt.Errorf("format %q does not exist; write csv or parquet", c.Format)
}

// Name identifies the Config and is the extension of its files, without a leading dot: "csv.gz",
// "csv.zst", "csv", the same after "bare." without header, "parquet" (snappy), "zstd.parquet", "gz.parquet", "plain.parquet". It is empty
// for an invalid Config.
func (c Config) Name() string {
	c = c.withDefaults()
	for _, e := range extensions {
		if e.config == c {
			return e.name
		}
	}
	return ""
}

// Parse is the inverse of Name.
func Parse(name string) (Config, error) {
	names := make([]string, 0, len(extensions))
	for _, e := range extensions {
		if e.name == name {
			return e.config, nil
		}
		names = append(names, e.name)
	}
	return Config{}, fmt.Errorf("file format %q does not exist; there are %s", name, strings.Join(names, ", "))
}
