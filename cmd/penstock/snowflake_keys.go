package main

import (
	"crypto/rsa"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/snowflake"
	"github.com/penstock/penstock/internal/snowflake/keypair"
	"github.com/penstock/penstock/internal/snowflake/session"
)

func newSnowflakeKeysCommand() *cobra.Command {
	var path, user string
	var show, encrypt, second bool
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Make a key pair for a user of Snowflake",
		Long: `Make an RSA key pair, keep the private key in a file that only you can read, and
print the statement that gives the public key to a user. A key is never replaced.
The passphrase of an encrypted key stands in ` + keypair.Variable + `;
every command that uses the key reads it there.`,
		Example: `  penstock snowflake keys --user PENSTOCK_ADMIN
  penstock snowflake keys --show --user PENSTOCK_ADMIN      print the statement again
  penstock snowflake keys --encrypt --user PENSTOCK_ADMIN   under the passphrase in ` + keypair.Variable + `
  penstock snowflake keys --second --key new.p8 --user PENSTOCK_ADMIN   the next key, while the old one still works`,
		Args: noArgs("--user %s"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if user == "" {
				return usageError{fmt.Errorf("name the user whose key it is: --user PENSTOCK_ADMIN")}
			}
			name, err := snowflake.ParseName(user)
			if err != nil {
				return usageError{fmt.Errorf("--user: %w", err)}
			}
			var passphrase keypair.Passphrase
			if passphrase = keypair.FromEnvironment(""); encrypt && !passphrase.Set() {
				return usageError{fmt.Errorf("there is no passphrase to encrypt the key with: put it into %s, as in `read -rs %s && export %s`", keypair.Variable, keypair.Variable, keypair.Variable)}
			}
			if !encrypt {
				passphrase = keypair.Passphrase{}
			}
			var key *rsa.PrivateKey
			if show {
				key, err = session.ReadKey(path)
			} else {
				key, err = session.MakeKey(path, passphrase)
			}
			if err != nil {
				return err
			}
			public, err := keypair.Public(&key.PublicKey)
			if err != nil {
				return err
			}
			if !show {
				fmt.Fprintf(cmd.ErrOrStderr(), "The private key is in %s; keep it there. An administrator of Snowflake runs this once:\n", path)
			}
			property := "RSA_PUBLIC_KEY"
			if second {
				property = "RSA_PUBLIC_KEY_2"
			}
			fmt.Fprintf(cmd.OutOrStdout(), "ALTER USER %s SET %s = '%s';\n", name, property, public)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&path, "key", defaultKey(), "the file of the private key")
	f.StringVar(&user, "user", os.Getenv("SNOWFLAKE_USER"), "the user of Snowflake (default SNOWFLAKE_USER)")
	f.BoolVar(&encrypt, "encrypt", false, "encrypt the private key under the passphrase in "+keypair.Variable)
	f.BoolVar(&second, "second", false, "print it as the user's second key: both work until the first is taken away")
	f.BoolVar(&show, "show", false, "print the statement for the key that is there")
	return cmd
}
