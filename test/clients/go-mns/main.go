// The cases of MNS over Alibaba's Go SDK, built from a checkout of it. Argument: its version.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	mns "github.com/aliyun/aliyun-mns-go-sdk"
	"github.com/gogap/errors"
)

func run(name string, body func() (string, error)) {
	detail, err := body()
	if err != nil {
		detail = fmt.Sprintf("%.1500s", err.Error())
	}
	line, _ := json.Marshal(map[string]any{
		"client": "aliyun/aliyun-mns-go-sdk", "version": os.Args[1], "service": "MNS", "case": name, "ok": err == nil, "detail": detail,
	})
	fmt.Println(string(line))
}

func client(secret string) mns.MNSClient {
	made, err := mns.NewAliMNSClientWithConfig(mns.AliMNSClientConfig{
		EndPoint: os.Getenv("MNS_ENDPOINT"), AccessKeyId: os.Getenv("ACCESS_KEY_ID"), AccessKeySecret: secret,
		Region: os.Getenv("REGION"), TimeoutSecond: 35, MaxConnsPerHost: 4,
	})
	if err != nil {
		panic(err)
	}
	return made
}

func queueOf(name string, of mns.MNSClient) mns.AliMNSQueue {
	queue, err := mns.NewMNSQueue(name, of)
	if err != nil {
		panic(err)
	}
	return queue
}

func receive(queue mns.AliMNSQueue, wait ...int64) (mns.MessageReceiveResponse, error) {
	messages, faults := make(chan mns.MessageReceiveResponse, 1), make(chan error, 1)
	queue.ReceiveMessage(messages, faults, wait...)
	select {
	case message := <-messages:
		return message, nil
	case err := <-faults:
		return mns.MessageReceiveResponse{}, err
	}
}

func equal(found, wanted any) error {
	if fmt.Sprint(found) == fmt.Sprint(wanted) {
		return nil
	}
	return fmt.Errorf("%v instead of %v", found, wanted)
}

func refused(err error, as errors.ErrCodeTemplate) error {
	if err == nil {
		return fmt.Errorf("the call succeeded")
	}
	if as.IsEqual(err) {
		return nil
	}
	return err
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func main() {
	own := client(os.Getenv("ACCESS_KEY_SECRET"))
	manager, queue := mns.NewMNSQueueManager(own), queueOf("go", own)
	nothing := func(of mns.AliMNSQueue) error {
		_, err := receive(of)
		return refused(err, mns.ERR_MNS_MESSAGE_NOT_EXIST)
	}
	text, sent, last := "größer < & > 延迟", mns.MessageSendResponse{}, mns.MessageReceiveResponse{}

	run("creates a queue, again, and not with other attributes", func() (string, error) {
		create := func(visibility int32) error {
			return manager.CreateQueueWithOptions("go", mns.WithVisibilityTimeout(visibility))
		}
		if err := create(2); err != nil {
			return "", err
		}
		again := create(2)
		if !mns.ERR_MNS_QUEUE_ALREADY_EXIST_AND_HAVE_SAME_ATTR.IsEqual(again) && again != nil {
			return "", again
		}
		return "QueueAlreadyExist", refused(create(3), mns.ERR_MNS_QUEUE_ALREADY_EXIST)
	})

	run("reads attributes and lists queues", func() (string, error) {
		attributes, err := manager.GetQueueAttributes("go")
		if err != nil {
			return "", err
		}
		page, err := manager.ListQueue("", 2, "")
		if err != nil {
			return "", err
		}
		rest, err := manager.ListQueue(page.NextMarker, 2, "")
		return "visibility 2 and 3 queues on 2 pages", first(err,
			equal([]any{attributes.QueueName, attributes.VisibilityTimeout}, []any{"go", 2}), equal([]int{len(page.Queues), len(rest.Queues)}, []int{2, 1}))
	})

	run("sends with a delay", func() (string, error) {
		var err error
		if sent, err = queue.SendMessage(mns.MessageSendRequest{MessageBody: text, DelaySeconds: 1, Priority: 8}); err != nil {
			return "", err
		}
		if err := nothing(queue); err != nil {
			return "", err
		}
		last, err = receive(queue, 5)
		return "nothing at once, then " + last.MessageBody, first(err, equal([]string{last.MessageId, last.MessageBody}, []string{sent.MessageId, text}))
	})

	run("receives, and the receipt handle changes", func() (string, error) {
		old := last.ReceiptHandle
		if err := nothing(queue); err != nil {
			return "", err
		}
		var err error
		if last, err = receive(queue, 5); err != nil {
			return "", err
		}
		return "received 2 times; the first handle: MessageNotExist", first(
			equal([]any{last.DequeueCount, last.ReceiptHandle != old}, []any{2, true}), refused(queue.DeleteMessage(old), mns.ERR_MNS_MESSAGE_NOT_EXIST))
	})

	run("changes visibility", func() (string, error) {
		began := time.Now()
		changed, err := queue.ChangeMessageVisibility(last.ReceiptHandle, 1)
		if err != nil {
			return "", err
		}
		if off := changed.NextVisibleTime - began.UnixMilli() - 1000; off < -1000 || off > 1000 {
			return "", fmt.Errorf("visible next at %d", changed.NextVisibleTime)
		}
		last, err = receive(queue, 5)
		return "visible again after a second", first(err, equal(last.DequeueCount, 3))
	})

	run("deletes", func() (string, error) {
		if err := queue.DeleteMessage(last.ReceiptHandle); err != nil {
			return "", err
		}
		time.Sleep(2100 * time.Millisecond)
		return "gone after its visibility ran out", nothing(queue)
	})

	run("sends, receives and deletes a batch", func() (string, error) {
		requests, bodies := []mns.MessageSendRequest{}, []string{}
		for at := range 5 {
			bodies = append(bodies, fmt.Sprint("number ", at))
			requests = append(requests, mns.MessageSendRequest{MessageBody: bodies[at], Priority: 8})
		}
		if _, err := queue.BatchSendMessage(requests...); err != nil {
			return "", err
		}
		batches, faults := make(chan mns.BatchMessageReceiveResponse, 1), make(chan error, 1)
		queue.BatchReceiveMessage(batches, faults, 16, 1)
		select {
		case err := <-faults:
			return "", err
		case batch := <-batches:
			found, handles := []string{}, []string{}
			for _, one := range batch.Messages {
				found, handles = append(found, one.MessageBody), append(handles, one.ReceiptHandle)
			}
			if err := equal(found, bodies); err != nil {
				return "", err
			}
			if _, err := queue.BatchDeleteMessage(handles[:4]...); err != nil {
				return "", err
			}
			failed, err := queue.BatchDeleteMessage(handles...)
			if err == nil {
				return "", fmt.Errorf("the second deletion succeeded")
			}
			return "5 sent and received; 4 failures of the second deletion", equal(len(failed.FailedMessages), 4)
		}
	})

	run("finds a message in the dead-letter queue", func() (string, error) {
		poisoned, dead := queueOf("poisoned", own), queueOf("dead", own)
		if _, err := poisoned.SendMessage(mns.MessageSendRequest{MessageBody: "poison", Priority: 8}); err != nil {
			return "", err
		}
		if _, err := receive(poisoned); err != nil {
			return "", err
		}
		moved, err := receive(dead, 5)
		if err := first(err, equal(moved.MessageBody, "poison")); err != nil {
			return "", err
		}
		return "moved after 1 receipt", first(dead.DeleteMessage(moved.ReceiptHandle), nothing(poisoned))
	})

	run("polls long", func() (string, error) {
		began := time.Now()
		_, err := receive(queue, 1)
		waited := time.Since(began)
		if waited < 900*time.Millisecond || waited > 3*time.Second {
			return "", fmt.Errorf("waited %s", waited)
		}
		return "nothing, after about a second", refused(err, mns.ERR_MNS_MESSAGE_NOT_EXIST)
	})

	run("reads a refusal as its own error", func() (string, error) {
		_, err := queueOf("nowhere", own).SendMessage(mns.MessageSendRequest{MessageBody: "x", Priority: 8})
		return "QueueNotExist", refused(err, mns.ERR_MNS_QUEUE_NOT_EXIST)
	})

	run("is refused with a wrong secret", func() (string, error) {
		_, err := mns.NewMNSQueueManager(client("guessed")).GetQueueAttributes("go")
		if err != nil && strings.Contains(err.Error(), "SignatureDoesNotMatch") {
			return "SignatureDoesNotMatch", nil
		}
		return "", refused(err, mns.ERR_MNS_SIGNATURE_DOES_NOT_MATCH)
	})
}
