package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

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
		return decodeMasterKey(c.masterKeySource(), c.config.EncodedMasterKey)
	}
	for _, path := range c.masterKeyPaths() {
		text, err := os.ReadFile(path) //nolint:gosec // the administrator names the folder
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return decodeMasterKey(path, masterKeyText(text))
	}
	return nil, nil
}

// masterKeyText returns the base64 form of the master key in a file. The file contains that form,
// or the raw key, as a Go program passes it to Options.MasterKey. A raw key is recognized by a byte
// that is not printable, which random keys practically always contain.
func masterKeyText(content []byte) string {
	printable := !bytes.ContainsFunc(content, func(r rune) bool { return r > '~' || r < ' ' && !unicode.IsSpace(r) })
	if len(content) == masterKeyLength && !printable {
		return base64.StdEncoding.EncodeToString(content)
	}
	return strings.TrimSpace(string(content))
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

func decodeMasterKey(source, text string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) < masterKeyLength {
		return nil, fmt.Errorf("%s is not a master key: it must be base64 of at least %d bytes, or a file of exactly %d random bytes", source, masterKeyLength, masterKeyLength)
	}
	return key, nil
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
		text, err := os.ReadFile(path) //nolint:gosec // written by another process
		if err != nil {
			return nil, err
		}
		return decodeMasterKey(path, masterKeyText(text))
	}
	return key, nil
}
