package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// masterKeyLength is the length of a generated key, in bytes.
const masterKeyLength = 32

// These parts of error texts say how to pass a command the master key of a program that embeds
// Latchkey.
const (
	keyElsewhere = "set LATCHKEY_MASTER_KEY_FILE to the file with the key, for example that of your own program"
	keyOfProgram = "If the database is that of your own program, set LATCHKEY_MASTER_KEY_FILE to the file with its key"
)

// masterKey returns the master key: from the environment, from the credentials
// folder of systemd, or from the data folder. The first start generates it in
// the data folder. A missing key of a database that has been used is an error,
// because everything that it encrypted would be lost with a new one.
func (c *command) masterKey(ctx context.Context, store *sqlstore.Store) ([]byte, error) {
	if key, err := c.readMasterKey(); key != nil || err != nil {
		return key, err
	}
	if c.rehearsal != nil {
		return c.rehearsal, nil
	}
	path := filepath.Join(c.config.Data, "master.key")
	keys, err := store.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	if len(keys) > 0 {
		return nil, fmt.Errorf("the master key %s is missing, but the database contains keys that are encrypted with it. Restore the file from a backup, or %s", path, keyElsewhere)
	}
	if err := c.config.makeDataFolder(); err != nil {
		return nil, err
	}
	return generateMasterKey(path)
}

// readMasterKey returns the master key, or nil if it does not exist.
func (c *command) readMasterKey() ([]byte, error) {
	if c.config.EncodedMasterKey != "" {
		return parseMasterKey(c.masterKeySource(), []byte(c.config.EncodedMasterKey))
	}
	for _, path := range c.masterKeyPaths() {
		content, err := os.ReadFile(path) //nolint:gosec // the administrator names the folder
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return parseMasterKey(path, content)
	}
	return nil, nil
}

// warnOfOpenKey logs a warning if other users of the machine can read or write the file with the
// master key.
func (c *command) warnOfOpenKey(ctx context.Context, logger *slog.Logger) {
	for _, path := range append(c.masterKeyPaths(), os.Getenv(envPrefix+"MASTER_KEY_FILE")) {
		if mode, open := openToOthers(path); open {
			logger.WarnContext(ctx, "other users of this machine can read or write the file with the master key: change its mode", "path", path, "mode", fmt.Sprintf("%o", mode))
		}
	}
}

// masterKeySource returns the variable or the file from which readMasterKey reads the key.
func (c *command) masterKeySource() string {
	switch source, path := c.config.sources["master_key"], os.Getenv(envPrefix+"MASTER_KEY_FILE"); {
	case source == envPrefix+"MASTER_KEY_FILE":
		return source + " (" + path + ")"
	case c.config.EncodedMasterKey != "":
		return envPrefix + "MASTER_KEY"
	}
	paths := c.masterKeyPaths()
	for _, path := range paths {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return paths[0]
}

// masterKeyPaths returns the files in which the master key may be.
func (c *command) masterKeyPaths() []string {
	paths := []string{filepath.Join(c.config.Data, "master.key")}
	if folder := os.Getenv("CREDENTIALS_DIRECTORY"); folder != "" {
		paths = append([]string{filepath.Join(folder, "master.key")}, paths...)
	}
	return paths
}

// parseMasterKey returns the key in the content of a file or a variable.
func parseMasterKey(source string, content []byte) ([]byte, error) {
	key, err := provider.ParseMasterKey(content)
	if fault, ok := errors.AsType[*settings.Fault](err); ok {
		return nil, fmt.Errorf("%s is not a master key: it%s", source, fault.Problem)
	}
	return key, err
}

// encodeMasterKey returns a key in a form that provider.ParseMasterKey reads, even if the bytes of
// the key happen to be text.
func encodeMasterKey(key []byte) []byte {
	return []byte(base64.StdEncoding.EncodeToString(key))
}

// generateMasterKey writes a new key. The file appears complete or not at all.
// If two processes start at the same time, both return the key of one of them.
func generateMasterKey(path string) ([]byte, error) {
	key := make([]byte, masterKeyLength)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	temporary, err := os.CreateTemp(filepath.Dir(path), "master.key.*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.Write(append(encodeMasterKey(key), '\n'))
	if err == nil {
		err = temporary.Sync()
	}
	if err = errors.Join(err, temporary.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(temporary.Name(), path); err != nil {
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		content, err := os.ReadFile(path) //nolint:gosec // written by another process
		if err != nil {
			return nil, err
		}
		return parseMasterKey(path, content)
	}
	return key, nil
}
