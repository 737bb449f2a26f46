package postgres

import (
	"context"
	"net"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Unencrypted and Connect are unencrypted and connect for the tests.
var (
	Unencrypted = unencrypted //nolint:gochecknoglobals // a function
	Connect     = connect     //nolint:gochecknoglobals // a function
)

// WarningsOver returns the warnings about a database whose connections are those
// that wrap returns.
func WarningsOver(ctx context.Context, url string, wrap func(net.Conn) net.Conn) ([]string, error) {
	config, err := configure(url)
	if err != nil {
		return nil, err
	}
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return wrap(conn), nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	e := newEngine(pool, false)
	defer func() { _ = e.Close() }()
	return e.warnings(ctx)
}
