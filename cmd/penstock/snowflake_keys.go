package main

import (
	"crypto/rsa"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/snowflake"
	"github.com/penstock/penstock/internal/snowflake/session"
)

func newSnowflakeKeysCommand() *cobra.Command {
	var path, user string
	var show bool
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Make a key pair for a user of Snowflake",
		Long: `Make an RSA key pair, keep the private key in a file that only you can read, and
print the statement that gives the public key to a user. A key is never replaced.`,
		Example: `  penstock snowflake keys --user PENSTOCK_ADMIN
  penstock snowflake keys --show --user PENSTOCK_ADMIN      print the statement again`,
		Args: noArgs("--user %s"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if user == "" {
				return usageError{fmt.Errorf("name the user whose key it is: --user PENSTOCK_ADMIN")}
			}
			name, err := snowflake.ParseName(user)
			if err != nil {
				return usageError{fmt.Errorf("--user: %w", err)}
			}
			var key *rsa.PrivateKey
			if show {
				key, err = session.ReadKey(path)
			} else {
				key, err = session.MakeKey(path)
			}
			if err != nil {
				return err
			}
			public, err := session.PublicKey(key)
			if err != nil {
				return err
			}
			if !show {
				fmt.Fprintf(cmd.ErrOrStderr(), "The private key is in %s; keep it there. An administrator of Snowflake runs this once:\n", path)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "ALTER USER %s SET RSA_PUBLIC_KEY = '%s';\n", name, public)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&path, "key", defaultKey(), "the file of the private key")
	f.StringVar(&user, "user", os.Getenv("SNOWFLAKE_USER"), "the user of Snowflake (default SNOWFLAKE_USER)")
	f.BoolVar(&show, "show", false, "print the statement for the key that is there")
	return cmd
}
