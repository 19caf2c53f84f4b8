package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

func ossClient(key, secret, token string) *oss.Client {
	provider := credentials.NewStaticCredentialsProvider(key, secret, token)
	return oss.NewClient(oss.LoadDefaultConfig().WithCredentialsProvider(provider).WithRegion(env("REGION")).
		WithEndpoint(env("OSS_ENDPOINT")).WithUsePathStyle(true).WithRetryMaxAttempts(1))
}

func ossV2() {
	cases := newCases("OSS", "github.com/aliyun/alibabacloud-oss-go-sdk-v2")
	ctx, bucket := context.Background(), oss.Ptr(env("BUCKET"))
	own := ossClient(env("ACCESS_KEY_ID"), env("ACCESS_KEY_SECRET"), "")
	odd := []string{}
	if err := json.Unmarshal([]byte(env("ODD_KEYS")), &odd); err != nil {
		panic(err)
	}
	put := func(key, body string, set func(*oss.PutObjectRequest)) (string, error) {
		request := &oss.PutObjectRequest{Bucket: bucket, Key: &key, Body: strings.NewReader(body)}
		if set != nil {
			set(request)
		}
		reply, err := own.PutObject(ctx, request)
		if err != nil {
			return "", err
		}
		return oss.ToString(reply.ETag), nil
	}
	read := func(client *oss.Client, request *oss.GetObjectRequest) (string, *oss.GetObjectResult, error) {
		reply, err := client.GetObject(ctx, request)
		if err != nil {
			return "", nil, err
		}
		defer reply.Body.Close()
		body, err := io.ReadAll(reply.Body)
		return string(body), reply, err
	}
	get := func(key string) (string, error) {
		body, _, err := read(own, &oss.GetObjectRequest{Bucket: bucket, Key: &key})
		return body, err
	}
	refusal := func(err error, status int, code string) (string, error) {
		fault, err := refused[*oss.ServiceError](err)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%T %d %s", fault, fault.StatusCode, fault.Code), equal([]any{fault.StatusCode, fault.Code}, []any{status, code})
	}
	etag := ""

	cases.run("puts and gets", func() (string, error) {
		made, err := put("plain.txt", "hello", func(request *oss.PutObjectRequest) {
			request.ContentType, request.Metadata = oss.Ptr("text/plain"), map[string]string{"owner": "go"}
		})
		if err != nil {
			return "", err
		}
		etag = made
		body, reply, err := read(own, &oss.GetObjectRequest{Bucket: bucket, Key: oss.Ptr("plain.txt")})
		if err != nil {
			return "", err
		}
		part, _, err := read(own, &oss.GetObjectRequest{Bucket: bucket, Key: oss.Ptr("plain.txt"), Range: oss.Ptr("bytes=1-3")})
		return "etag " + etag, first(err, equal(
			[]string{body, oss.ToString(reply.ETag), oss.ToString(reply.ContentType), reply.Metadata["owner"], part},
			[]string{"hello", etag, "text/plain", "go", "ell"}))
	})

	cases.run("creates once, and not again", func() (string, error) {
		once := func(request *oss.PutObjectRequest) { request.ForbidOverwrite = oss.Ptr("true") }
		if _, err := put("once.json", "1", once); err != nil {
			return "", err
		}
		_, err := put("once.json", "2", once)
		told, err := refusal(err, 409, "FileAlreadyExists")
		if err != nil {
			return "", err
		}
		body, err := get("once.json")
		return told, first(err, equal(body, "1"))
	})

	cases.run("is told that nothing changed (304)", func() (string, error) {
		_, _, err := read(own, &oss.GetObjectRequest{Bucket: bucket, Key: oss.Ptr("plain.txt"), IfNoneMatch: &etag})
		fault, err := refused[*oss.ServiceError](err)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%T %d", fault, fault.StatusCode), equal(fault.StatusCode, 304)
	})

	cases.run("lists V2 page by page, with odd keys", func() (string, error) {
		wanted := []string{}
		for _, key := range odd {
			if _, err := put("odd/"+key, key, nil); err != nil {
				return "", err
			}
			body, err := get("odd/" + key)
			if err := first(err, equal(body, key)); err != nil {
				return "", err
			}
			wanted = append(wanted, "odd/"+key)
		}
		sort.Strings(wanted)
		found, pages := []string{}, 0
		for paginator := own.NewListObjectsV2Paginator(&oss.ListObjectsV2Request{Bucket: bucket, Prefix: oss.Ptr("odd/"), MaxKeys: 2}); paginator.HasNext(); pages++ {
			page, err := paginator.NextPage(ctx)
			if err != nil {
				return "", err
			}
			for _, one := range page.Contents {
				found = append(found, oss.ToString(one.Key))
			}
		}
		folded, err := own.ListObjectsV2(ctx, &oss.ListObjectsV2Request{Bucket: bucket, Prefix: oss.Ptr("odd/"), Delimiter: oss.Ptr("/")})
		if err != nil {
			return "", err
		}
		folders := []string{}
		for _, one := range folded.CommonPrefixes {
			folders = append(folders, oss.ToString(one.Prefix))
		}
		sort.Strings(folders)
		return fmt.Sprintf("%d keys on %d pages; folders %s", len(found), pages, strings.Join(folders, " ")),
			first(equal(found, wanted), equal(folders, []string{"odd/a/", "odd/über/"}))
	})

	cases.run("signs URLs that anyone may use", func() (string, error) {
		signed, err := own.Presign(ctx, &oss.GetObjectRequest{Bucket: bucket, Key: oss.Ptr("odd/" + odd[0])})
		if err != nil {
			return "", err
		}
		fetch := func(url string) (int, string, error) {
			reply, err := http.Get(url)
			if err != nil {
				return 0, "", err
			}
			defer reply.Body.Close()
			body, err := io.ReadAll(reply.Body)
			return reply.StatusCode, string(body), err
		}
		status, body, err := fetch(signed.URL)
		if err := first(err, equal([]any{status, body}, []any{200, odd[0]})); err != nil {
			return "", err
		}
		status, _, err = fetch(strings.Replace(signed.URL, "x-oss-expires=", "x-oss-expires=1", 1))
		return "used, and refused with one digit more", first(err, equal(status, 403))
	})

	cases.run("copies", func() (string, error) {
		_, err := own.CopyObject(ctx, &oss.CopyObjectRequest{Bucket: bucket, Key: oss.Ptr("copied.txt"), SourceKey: oss.Ptr("odd/" + odd[1])})
		if err != nil {
			return "", err
		}
		body, err := get("copied.txt")
		return odd[1], first(err, equal(body, odd[1]))
	})

	cases.run("deletes", func() (string, error) {
		for range 2 {
			if _, err := own.DeleteObject(ctx, &oss.DeleteObjectRequest{Bucket: bucket, Key: oss.Ptr("copied.txt")}); err != nil {
				return "", err
			}
		}
		_, err := get("copied.txt")
		told, err := refusal(err, 404, "NoSuchKey")
		return told + ", and deleted again", err
	})

	cases.run("works as a role session", func() (string, error) {
		request := &oss.GetObjectRequest{Bucket: bucket, Key: oss.Ptr("plain.txt")}
		body, _, err := read(ossClient(env("SESSION_KEY_ID"), env("SESSION_KEY_SECRET"), env("SESSION_TOKEN")), request)
		if err := first(err, equal(body, "hello")); err != nil {
			return "", err
		}
		_, _, err = read(ossClient(env("SESSION_KEY_ID"), env("SESSION_KEY_SECRET"), ""), request)
		told, err := refusal(err, 403, "InvalidAccessKeyId")
		return "without its token: " + told, err
	})

	cases.run("reads a refusal as its own error", func() (string, error) {
		_, err := get("nowhere")
		return refusal(err, 404, "NoSuchKey")
	})

	cases.run("is refused with a wrong secret", func() (string, error) {
		_, _, err := read(ossClient(env("ACCESS_KEY_ID"), wrong, ""), &oss.GetObjectRequest{Bucket: bucket, Key: oss.Ptr("plain.txt")})
		return refusal(err, 403, "SignatureDoesNotMatch")
	})
}
