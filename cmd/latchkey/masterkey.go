package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// masterKeyLength is that of a key that we make, in bytes.
const masterKeyLength = 32

// masterKey finds the master key: in the environment, as a systemd credential,
// or in the data folder, where the first start makes it. A key that is gone is
// never replaced silently: with it went what it sealed.
func (c *command) masterKey(ctx context.Context, store *sqlstore.Store) ([]byte, error) {
	if key, err := c.knownMasterKey(); key != nil || err != nil {
		return key, err
	}
	path := filepath.Join(c.config.Data, "master.key")
	keys, err := store.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	if len(keys) > 0 {
		return nil, fmt.Errorf("the master key %s is missing, but the database has keys sealed with it. Put the file back from your backup, or set LATCHKEY_MASTER_KEY_FILE", path)
	}
	return makeKey(path)
}

// knownMasterKey is the master key that is there, or nil.
func (c *command) knownMasterKey() ([]byte, error) {
	if c.config.EncodedMasterKey != "" {
		return decodeKey("LATCHKEY_MASTER_KEY", c.config.EncodedMasterKey)
	}
	for _, path := range c.keyPaths() {
		text, err := os.ReadFile(path) //nolint:gosec // the administrator names the folder
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return decodeKey(path, string(text))
	}
	return nil, nil
}

func (c *command) keyPaths() []string {
	paths := []string{filepath.Join(c.config.Data, "master.key")}
	if folder := os.Getenv("CREDENTIALS_DIRECTORY"); folder != "" {
		paths = append([]string{filepath.Join(folder, "master.key")}, paths...)
	}
	return paths
}

func decodeKey(where, text string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) < masterKeyLength {
		return nil, fmt.Errorf("%s is not a master key: want base64 of at least %d bytes", where, masterKeyLength)
	}
	return key, nil
}

// makeKey writes a new key so that it is there as a whole or not at all: of
// two processes starting at once, one wins and the other reads its key.
func makeKey(path string) ([]byte, error) {
	key := make([]byte, masterKeyLength)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	temporary, err := os.CreateTemp(filepath.Dir(path), "master.key.*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
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
		text, err := os.ReadFile(path) //nolint:gosec // our own file
		if err != nil {
			return nil, err
		}
		return decodeKey(path, string(text))
	}
	return key, nil
}
