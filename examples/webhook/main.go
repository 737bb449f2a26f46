// Command webhook receives the events of a Latchkey server, and prints them.
//
//	WEBHOOK_SECRET=whsec_… go run ./examples/webhook
//
// It listens at http://localhost:8005, or at the address in the variable ADDRESS.
package main

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// receiver verifies messages as the Standard Webhooks specification describes.
type receiver struct {
	key   []byte
	clock func() time.Time
	mu    sync.Mutex
	seen  map[string]bool // IDs of messages; a real program stores them with what it does
	// handle does something with an event.
	handle func(eventType string, data map[string]any)
}

func newReceiver(secret string, handle func(string, map[string]any)) (*receiver, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err == nil && len(key) < 24 { // anybody could sign with an empty key
		err = errors.New("WEBHOOK_SECRET is missing or too short")
	}
	return &receiver{key: key, clock: time.Now, seen: make(map[string]bool), handle: handle}, err
}

func (v *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil || !v.valid(r.Header, body) {
		http.Error(w, "The signature is not valid.", http.StatusUnauthorized)
		return
	}
	var message struct {
		Type string         `json:"type"`
		Data map[string]any `json:"data"`
	}
	if err := json.Unmarshal(body, &message); err != nil {
		http.Error(w, "The body is not valid.", http.StatusBadRequest)
		return
	}
	if v.first(r.Header.Get("webhook-id")) { // a message can be delivered more than once
		v.handle(message.Type, message.Data)
	}
	w.WriteHeader(http.StatusNoContent)
}

// valid reports whether the message is signed with the key, and at most five minutes old.
func (v *receiver) valid(header http.Header, body []byte) bool {
	id, timestamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if age := v.clock().Sub(time.Unix(seconds, 0)); err != nil || age.Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, v.key)
	mac.Write([]byte(id + "." + timestamp + "." + string(body)))
	want := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	for signature := range strings.FieldsSeq(header.Get("webhook-signature")) {
		if hmac.Equal([]byte(signature), want) {
			return true
		}
	}
	return false
}

// first reports whether the message was not received before.
func (v *receiver) first(id string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	first := !v.seen[id]
	v.seen[id] = true
	return first
}

func main() {
	receiver, err := newReceiver(os.Getenv("WEBHOOK_SECRET"), func(eventType string, data map[string]any) { fmt.Println(eventType, data) })
	if err != nil {
		log.Fatal(err)
	}
	address := cmp.Or(os.Getenv("ADDRESS"), "localhost:8005")
	fmt.Println("Webhook: http://" + address + "/")
	server := &http.Server{Addr: address, Handler: receiver, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
