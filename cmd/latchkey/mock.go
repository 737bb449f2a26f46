package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/internal/mock"
	"github.com/seed-e6a88a41/latchkey/memstore"
)

// mockPassword is the password of all users of a mock.
const mockPassword = "correct horse battery staple"

// A mockServer is a provider for tests. Everything is in memory.
type mockServer struct {
	*latchkey.Server
	store  latchkey.Store
	clock  *mock.Clock
	faults mock.Faults
	issuer string
}

func (c *command) mock() *cobra.Command {
	var addr string
	var insecure bool
	cmd := &cobra.Command{
		Use: "mock [FILE.json]", Short: "Run a provider for the tests of other programs", Args: cobra.MaximumNArgs(1),
		Long: `Run a provider for the tests of other programs. It is for tests only: everything is
in memory, all users have the same password, and people log in with one click.

The JSON file contains users, clients, scopes and resources. Tests can request tokens, simulate
faults and change the time with requests under /mock/. Rejected requests are logged with
their reasons.

A mock reads no settings, and rejects the global flags.`,
	}
	cmd.Flags().StringVar(&addr, "addr", "localhost:9400", "loopback address and port; port 0 means a free port")
	cmd.Flags().BoolVar(&insecure, "insecure-any-address", false, "allow an address that other machines can reach; anyone on them can log in as any user")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := checkMockFlags(cmd); err != nil {
			return err
		}
		level, err := c.config.logLevel()
		if err != nil {
			return settingsError{err}
		}
		data := defaultMockData()
		if len(args) > 0 {
			if data, err = readMockFile(args[0]); err != nil {
				return failure{err}
			}
		}
		if err := checkMockAddress(addr, insecure); err != nil {
			return err
		}
		if err := c.runMock(cmd.Context(), addr, data, level); err != nil {
			return failure{err}
		}
		return nil
	}
	return cmd
}

// checkMockFlags returns an error for a global flag that has no effect.
func checkMockFlags(cmd *cobra.Command) (err error) {
	global := cmd.InheritedFlags()
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		if err == nil && global.Lookup(flag.Name) != nil {
			err = usageError{"--" + flag.Name + " has no effect on a mock, which reads no settings. Put its users, clients, scopes and resources into a JSON file: latchkey mock mock.json"}
		}
	})
	return err
}

// checkMockAddress rejects addresses that other machines can reach.
func checkMockAddress(addr string, insecure bool) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return usageError{"--addr " + addr + ": " + err.Error()}
	}
	ip, err := netip.ParseAddr(host)
	if host == "localhost" || err == nil && ip.IsLoopback() || insecure {
		return nil
	}
	return usageError{"--addr " + addr + " can be reached by other machines, and everybody can log in to a mock. Use localhost, or add --insecure-any-address"}
}

func (c *command) runMock(ctx context.Context, addr string, data mockData, level slog.Level) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	var logged slog.LevelVar
	logged.Set(slog.LevelError) // nobody has to be warned about the passwords and secrets of tests
	logger := c.newLogger(&logged)
	m, err := newMock(ctx, "http://"+hostPort(listener, addr)+"/o", data, logger)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	logged.Set(level)
	server := &http.Server{Handler: m.handler(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: httpErrors(logger)}
	stop := context.AfterFunc(ctx, func() {
		defer crash.Log(nil)
		_ = server.Close()
	})
	defer stop()
	go func() {
		defer crash.Log(nil)
		_ = m.Run(ctx)
	}()
	_, _ = fmt.Fprintf(c.out, "Issuer: %s\nThis is a mock for tests only. It stores nothing, and anyone can log in as any user.\nStop it with Ctrl+C.\n", m.issuer)
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// newMock returns a mock with the users and clients of data.
func newMock(ctx context.Context, issuer string, data mockData, logger *slog.Logger) (*mockServer, error) {
	m := &mockServer{clock: mock.NewClock(time.Now), issuer: issuer}
	m.store = memstore.New(m.clock.Provider)
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	o := latchkey.Options{
		Issuer: issuer, Store: m.store, MasterKey: key, Brand: "Latchkey mock", Clock: m.clock.Provider, InsecurePasswordHashes: true,
		Templates: mockPages(data.users), Logger: logger,
	}
	o.Scopes, o.Resources = data.scopes, data.resources
	var err error
	if m.Server, err = latchkey.New(ctx, o); err != nil {
		return nil, data.withFile(err)
	}
	accounts := account.New(account.Config{Store: m.store, Clock: m.clock.Provider, InsecurePasswordHashes: true})
	for i, user := range data.users {
		user.ID = cmp.Or(user.ID, mockSubject(user.Username))
		added, err := accounts.Import(ctx, user)
		if err == nil {
			err = accounts.SetPassword(ctx, added, mockPassword)
		}
		if err != nil {
			return nil, data.withFile(fmt.Errorf("users[%d]: %w", i, err))
		}
	}
	for i, client := range data.clients {
		if client.secret == "" {
			_, err = m.CreateApplication(ctx, client.Client)
		} else {
			err = m.ImportApplication(ctx, client.Client, client.secret)
		}
		if err != nil {
			return nil, data.withFile(fmt.Errorf("clients[%d]: %w", i, err))
		}
	}
	return m, nil
}
