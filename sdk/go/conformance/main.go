// Command conformance is the driver of sdk/spec/driver.md: commands of the
// runner on standard input, replies on standard output.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	d := new(driver)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		if err := out.Encode(d.answer(line)); err != nil {
			return
		}
	}
}

// answer runs one command.
func (d *driver) answer(line []byte) (reply any) {
	defer func() {
		if r := recover(); r != nil {
			reply = map[string]string{"error": fmt.Sprint(r)}
		}
	}()
	var c command
	if err := json.Unmarshal(line, &c); err != nil {
		return map[string]string{"error": err.Error()}
	}
	act, known := acts[c.Do]
	switch {
	case !known:
		return map[string]bool{"unsupported": true}
	case d.client == nil && c.Do != "init":
		return map[string]string{"error": "init comes first"}
	}
	if reply = act(d, &c); reply == nil {
		return struct{}{}
	}
	return reply
}
