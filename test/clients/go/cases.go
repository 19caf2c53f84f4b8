package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"strings"
	"time"
)

const wrong = "guessed"

// cases prints one JSON line for each case: whether its assertions held, and what was seen.
type cases struct{ service, client, version string }

// newCases takes the version of the module at `path` from the build itself.
func newCases(service, path string) cases {
	built, _ := debug.ReadBuildInfo()
	for _, module := range built.Deps {
		if module.Path == path {
			return cases{service, strings.TrimPrefix(path, "github.com/"), strings.TrimPrefix(module.Version, "v")}
		}
	}
	panic(path + " is no part of this program")
}

func (of cases) run(name string, body func() (string, error)) {
	detail, err := body()
	if err != nil {
		detail = fmt.Sprintf("%T: %.600s", err, err.Error())
	}
	line, _ := json.Marshal(map[string]any{
		"client": of.client, "version": of.version, "service": of.service, "case": name, "ok": err == nil, "detail": detail,
	})
	fmt.Println(string(line))
}

func env(name string) string {
	value, set := os.LookupEnv(name)
	if !set {
		panic(name + " is not set")
	}
	return value
}

func equal(found, wanted any) error {
	if reflect.DeepEqual(found, wanted) {
		return nil
	}
	return fmt.Errorf("%v instead of %v", found, wanted)
}

// refused gives the error of the client's own type that a call must end in.
func refused[E error](err error) (E, error) {
	var typed E
	if err == nil {
		return typed, fmt.Errorf("no %T: the call succeeded", typed)
	}
	if errors.As(err, &typed) {
		return typed, nil
	}
	return typed, err
}

// until asks again until it finds something.
func until(look func() (bool, error)) error {
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if found, err := look(); found || err != nil {
			return err
		}
	}
	return errors.New("nothing within 30 s")
}
