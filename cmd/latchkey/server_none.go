package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// withoutServer has the commands that have no --server, each with a sentence that says why. An entry
// for a command is also one for its subcommands.
var withoutServer = map[string]string{
	"audit verify":      "This command works only on the database, because it reads each row of the chain, and checks the seals with the master key.",
	"bench":             "This command measures a server of its own, or the one that its argument names.",
	"check":             "This command checks a configuration, or the server that its argument names.",
	"db":                "This command works only on the database.",
	"demo":              "This command starts a server.",
	"health":            "This command checks the server of the configuration.",
	"key import":        "This command works only on the database, because the admin API does not accept private keys.",
	"migrate":           "This command works only on the database.",
	"mock":              "This command starts a server.",
	"serve":             "This command starts a server.",
	"user use-accounts": "This command works only on the database.",
	"version":           "This command prints the version of this program.",
	"webhook":           "This command works only on the database.",
}

// whyNoServer returns the sentence for a command without --server, or "".
func whyNoServer(cmd *cobra.Command) string {
	path := strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
	for {
		if why := withoutServer[path]; why != "" {
			return why
		}
		i := strings.LastIndex(path, " ")
		if i < 0 {
			return ""
		}
		path = path[:i]
	}
}
