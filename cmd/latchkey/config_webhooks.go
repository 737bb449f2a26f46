package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/knadh/koanf/v2"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// setWebhooks sets the webhooks. The errors contain no
// secret.
func (c *config) setWebhooks(key string, k *koanf.Koanf) error {
	var webhooks []struct {
		Name       string   `koanf:"name"`
		URL        string   `koanf:"url"`
		Secret     string   `koanf:"secret"`
		SecretFile string   `koanf:"secret_file" path:"true"`
		OldSecret  string   `koanf:"old_secret"`
		Events     []string `koanf:"events"`
	}
	if err := c.decodeList(k, key, &webhooks); err != nil {
		return err
	}
	c.Webhooks = nil
	for _, w := range webhooks {
		if w.SecretFile != "" {
			if w.Secret != "" {
				return fmt.Errorf("the webhook %s has both a secret and a secret_file; remove one", w.Name)
			}
			text, err := os.ReadFile(w.SecretFile)
			if err != nil {
				return fmt.Errorf("the webhook %s: %w", w.Name, err)
			}
			w.Secret = strings.TrimSpace(string(text))
			c.secretPaths = append(c.secretPaths, w.SecretFile)
		} else if w.Secret != "" {
			c.hasSecret = true
		}
		c.hasSecret = c.hasSecret || w.OldSecret != ""
		webhook := oauth.Webhook{Name: w.Name, URL: w.URL, Events: w.Events}
		for _, secret := range []string{w.Secret, w.OldSecret} {
			if secret != "" {
				webhook.Secrets = append(webhook.Secrets, secret)
			}
		}
		c.Webhooks = append(c.Webhooks, webhook)
	}
	return nil
}
