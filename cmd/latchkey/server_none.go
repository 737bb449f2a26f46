package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// withoutServer has the commands that have no --server, each with a sentence that says why. An entry
// for a command is also one for its subcommands.
var withoutServer = map[string]string{
	"audit":             "This command works only on the database, because it reads the whole log.",
	"bench":             "This command measures a server of its own, or the one that its argument names.",
	"check":             "This command checks a configuration, or the server that its argument names.",
	"db":                "This command works only on the database.",
	"demo":              "This command starts a server.",
	"group":             "This command works only on the database. The operations under /groups of the admin API do the same.",
	"health":            "This command checks the server of the configuration.",
	"invitation":        "This command works only on the database. The operations under /invitations of the admin API do the same.",
	"key":               "This command works only on the database. The operations under /keys of the admin API list, rotate and retire keys.",
	"login-provider":    "This command works only on the database. The operations under /login-providers of the admin API do the same.",
	"migrate":           "This command works only on the database.",
	"mock":              "This command starts a server.",
	"registration":      "This command works only on the database. The operations under /initial-access-tokens of the admin API do the same.",
	"serve":             "This command starts a server.",
	"user factors":      "This command works only on the database. The operation POST /people/{id}/reset-factors of the admin API removes second factors.",
	"user import":       "This command works only on the database, because the admin API accepts neither IDs nor password hashes.",
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
