package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/consumer"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// administrator is the username of the first account of the demo.
const administrator = "admin"

func (c *command) demo() *cobra.Command {
	cmd := &cobra.Command{
		Use: "demo", Short: "Try Latchkey: a server, a back office, an API and a consumer on this machine", Args: flagsOnly,
	}
	c.config.addFlags(cmd.Flags(), "demo")
	// The consumer can register itself, unless the person closes the registration.
	registration := cmd.Flags().Lookup("registration")
	registration.DefValue = provider.RegistrationOpen
	cmd.PreRun = func(*cobra.Command, []string) {
		if !registration.Changed {
			c.config.Registration = registration.DefValue // the environment and the configuration file are read later
		}
	}
	cmd.RunE = c.withConfig(func(cmd *cobra.Command, _ []string) error { return c.runDemo(cmd.Context()) })
	return cmd
}

func (c *command) runDemo(ctx context.Context) error {
	logger := c.newLogger(slog.LevelInfo)
	other, err := c.listen(ctx, c.config.ConsumerAddr, "--consumer-addr", logger)
	if err != nil {
		if public, failed := c.listen(ctx, c.config.Addr, "--addr", logger); failed == nil {
			_ = public.Close()
		} else { // the person has to choose both again
			err = errors.Join(failed, err)
		}
		return err
	}
	consumerURL := "http://" + hostPort(other, c.config.ConsumerAddr)
	p, err := c.start(ctx, consumerURL)
	if err != nil {
		return errors.Join(err, other.Close())
	}
	url := origin(p.issuer)
	templates, _ := c.config.templateFiles() // start has checked it
	consumer, err := consumer.New(consumer.Options{BaseURL: consumerURL, Issuer: p.issuer, Scope: strings.Join(append([]string{oauth.ScopeOpenID}, c.known("read")...), " "), APIURL: url + "/api/hello", AddURL: url + "/admin/applications/add/", Templates: templates, Logger: p.logger})
	if err != nil {
		return err
	}
	password := account.GeneratePassword()
	_, err = c.accounts(p.store).CreateFirst(ctx, account.NewUser{Username: administrator, Password: password, Admin: true})
	if errors.Is(err, account.ErrConflict) {
		password, err = "", nil
	}
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", p.server)
	mux.Handle("/admin/", p.server.Admin())
	mux.Handle("/api/hello", helloAPI(p.server, c.known))
	sites := []site{{listener: p.listener, handler: p.traces.Handler(mux)}, {listener: other, handler: consumer}}
	if c.config.OpsAddr != "" {
		inside, err := c.opsSite(ctx, p)
		if err != nil {
			return errors.Join(err, p.listener.Close(), other.Close(), p.store.Close())
		}
		sites = append(sites, inside)
	}
	return c.run(ctx, p, sites, func() { c.welcome(p, consumerURL, password) })
}

// known returns the scope, or nothing if the configuration file has other scopes.
func (c *command) known(scope string) []string {
	if slices.ContainsFunc(c.config.AllScopes(), func(s oauth.ScopeInfo) bool { return s.Name == scope }) {
		return []string{scope}
	}
	return nil
}

// helloAPI is the API of the tutorial. A request that would change something needs the
// scope write. If the server has other scopes than those of the tutorial, any token is
// sufficient.
func helloAPI(server *latchkey.Server, known func(string) []string) http.Handler {
	read := server.Require(known("read")...)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "Hello, OAuth2!\n")
	}))
	write := server.Require(known("write")...)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "The body is too large.", http.StatusRequestEntityTooLarge)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"method": r.Method, "body": string(body), "note": "This API changes nothing. It only returns the request."})
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
			read.ServeHTTP(w, r)
			return
		}
		write.ServeHTTP(w, r)
	})
}

// welcome prints the addresses, the credentials, and what to do next.
func (c *command) welcome(p *instance, consumerURL, password string) {
	url := origin(p.issuer)
	_, _ = fmt.Fprintf(c.out, `Latchkey is ready.

  Back office   %s/admin/
  Issuer        %s
  API           %s/api/hello
  Consumer      %s
  Data          %s
`, url, p.issuer, url, consumerURL, c.config.Data)
	if note := c.reachable(); note != "" {
		_, _ = fmt.Fprintf(c.out, "\n  Other machines can also reach the demo, without encryption: it listens on localhost%s.\n", note)
	}
	if password != "" {
		_, _ = fmt.Fprintf(c.out, `
  Username      %s
  Password      %s   (shown only once)
`, administrator, password)
	} else {
		_, _ = fmt.Fprintf(c.out, `
  The demo has been run before. Its password was shown then. To get a new one:
  %s user passwd %s --generate --data %s
`, invocation(), administrator, c.config.Data)
	}
	_, _ = fmt.Fprintf(c.out, `
What to do next:
  1. Log in to the back office and add an application. One click fills in the consumer's redirect URI.
  2. Copy the client ID and the client secret. The secret is shown only once.
  3. Open the consumer, enter the client ID, and follow the link that it builds.
  4. Log in, tick "Allow" and click "Authorize".
  5. Enter the client secret, exchange the code, call the API, and refresh. Ctrl+C stops the demo.

  Or open the consumer and click "Create the demo application". It replaces steps 1 to 3.

Commands work while the demo runs, in another terminal:
  %s app list --data %s
`, invocation(), c.config.Data)
}
