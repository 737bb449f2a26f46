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

// flagsWithoutServer has the flags that have no effect with --server, each with the reason.
var flagsWithoutServer = map[string]string{
	"app add --client-secret-stdin": "the admin API generates the secrets of applications, so that no other program knows them",
	"app delete --permanently":      "the admin API deletes only applications that can be restored",
	"app rotate-secret --readable":  "the server stores a new secret encrypted only if the settings of the application need it",
	"token revoke --before":         "the server revokes everything that was issued before it receives the request",
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

// unavailable returns an error for a flag in flagsWithoutServer that is used with --server.
func (c *command) unavailable(cmd *cobra.Command) error {
	if c.server == "" {
		return nil
	}
	path := strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
	for flag, why := range flagsWithoutServer {
		of, name, _ := strings.Cut(flag, " --")
		if of == path && cmd.Flags().Changed(name) {
			return usageError{"--" + name + " is not available with --server, because " + why + ". Use the command on the database instead"}
		}
	}
	return nil
}
