package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/darabonba-openapi/v2/models"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"
)

const darabonba = "github.com/alibabacloud-go/darabonba-openapi/v2"

// The core under all of Alibaba's generated Go SDKs, which itself makes any call of an API.
func openapiClient(endpoint, key, secret, token string) *openapi.Client {
	config := &models.Config{AccessKeyId: &key, AccessKeySecret: &secret, Endpoint: &endpoint, Protocol: dara.String("http")}
	if token != "" {
		config.SecurityToken = &token
	}
	client, err := openapi.NewClient(config)
	if err != nil {
		panic(err)
	}
	return client
}

// rpc makes one call; parameters travel in the query.
func rpc(client *openapi.Client, version, action string, query map[string]any) (map[string]any, error) {
	params := &models.Params{
		Action: &action, Version: &version, Protocol: dara.String("HTTP"), Pathname: dara.String("/"), Method: dara.String("POST"),
		AuthType: dara.String("AK"), Style: dara.String("RPC"), ReqBodyType: dara.String("formData"), BodyType: dara.String("json"),
	}
	texts := map[string]*string{}
	for name, value := range query {
		texts[name] = dara.String(fmt.Sprint(value))
	}
	reply, err := client.CallApi(params, &models.OpenApiRequest{Query: texts}, &dara.RuntimeOptions{})
	if err != nil {
		return nil, err
	}
	return reply["body"].(map[string]any), nil
}

// sdkRefusal is the core's error for an answer that is none.
func sdkRefusal(err error, code string, status int) (string, error) {
	refusal, err := refused[*tea.SDKError](err)
	if err != nil {
		return "", err
	}
	found := []any{tea.StringValue(refusal.Code), tea.IntValue(refusal.StatusCode)}
	return fmt.Sprintf("%T %v %v", refusal, found[0], found[1]), equal(found, []any{code, status})
}

func rdsDarabonba() {
	cases := newCases("RDS", darabonba)
	client := openapiClient(env("RDS_ENDPOINT"), env("ACCESS_KEY_ID"), env("ACCESS_KEY_SECRET"), "")
	call := func(action string, query map[string]any) (map[string]any, error) {
		return rpc(client, "2014-08-15", action, query)
	}
	hangzhou, _ := strconv.Atoi(env("HANGZHOU_COUNT"))
	ids := func(body map[string]any) (found []string) {
		for _, one := range body["Items"].(map[string]any)["DBInstance"].([]any) {
			found = append(found, one.(map[string]any)["DBInstanceId"].(string))
		}
		return found
	}
	ssl := func(instance string) (map[string]any, error) {
		return call("DescribeDBInstanceSSL", map[string]any{"DBInstanceId": instance})
	}
	status := func(wanted string) func() (bool, error) {
		return func() (bool, error) {
			body, err := call("DescribeDBInstanceAttribute", map[string]any{"DBInstanceId": "rm-mssql"})
			if err != nil {
				return false, err
			}
			one := body["Items"].(map[string]any)["DBInstanceAttribute"].([]any)[0].(map[string]any)
			return one["DBInstanceStatus"] == wanted, nil
		}
	}

	cases.run("lists by page number", func() (string, error) {
		sizes, found := []int{}, map[string]bool{}
		for number := 1; number <= 4; number++ {
			body, err := call("DescribeDBInstances", map[string]any{"RegionId": "cn-hangzhou", "PageNumber": number, "PageSize": 5})
			if err != nil {
				return "", err
			}
			sizes = append(sizes, len(ids(body)))
			for _, id := range ids(body) {
				found[id] = true
			}
		}
		return fmt.Sprintf("5 + 5 + 2 of %d", len(found)), equal([]any{sizes, len(found)}, []any{[]int{5, 5, 2, 0}, hangzhou})
	})

	cases.run("lists by token", func() (string, error) {
		sizes, found, token := []int{}, map[string]bool{}, ""
		for {
			body, err := call("DescribeDBInstances", map[string]any{"RegionId": "cn-hangzhou", "MaxResults": 5, "NextToken": token})
			if err != nil {
				return "", err
			}
			sizes = append(sizes, len(ids(body)))
			for _, id := range ids(body) {
				found[id] = true
			}
			if token = body["NextToken"].(string); token == "" {
				break
			}
		}
		return "5 + 5 + 2, then no NextToken", equal([]any{sizes, len(found)}, []any{[]int{5, 5, 2}, hangzhou})
	})

	cases.run("describes SSL of each engine", func() (string, error) {
		told := []string{}
		for _, instance := range []string{"rm-my00", "rm-mssql", "pgm-1"} {
			body, err := ssl(instance)
			if err != nil {
				return "", err
			}
			told = append(told, body["SSLEnabled"].(string))
		}
		return strings.Join(told, " "), equal(told, []string{"Yes", "Yes", "on"})
	})

	cases.run("updates validity and waits", func() (string, error) {
		before, err := ssl("rm-mssql")
		if err != nil {
			return "", err
		}
		_, err = call("ModifyDBInstanceSSL", map[string]any{
			"DBInstanceId": "rm-mssql", "ConnectionString": before["ConnectionString"], "SSLEnabled": 2,
		})
		if err != nil {
			return "", err
		}
		if err := until(status("SSL_MODIFYING")); err != nil {
			return "", err
		}
		if err := until(status("Running")); err != nil {
			return "", err
		}
		old, renewed := before["SSLExpireTime"].(string), ""
		err = until(func() (bool, error) {
			after, err := ssl("rm-mssql")
			if err == nil {
				renewed = after["SSLExpireTime"].(string)
			}
			return renewed > old, err
		})
		return "SSL_MODIFYING, then Running; " + old + " → " + renewed, err
	})

	cases.run("finds the update among the history tasks", func() (string, error) {
		body, err := call("DescribeHistoryTasks", map[string]any{
			"RegionId": "cn-hangzhou", "InstanceId": "rm-mssql",
			"FromStartTime": time.Now().Add(-time.Hour).UTC().Format("2006-01-02T15:04Z"),
			"ToStartTime":   time.Now().Add(time.Minute).UTC().Format("2006-01-02T15:04Z"),
		})
		if err != nil {
			return "", err
		}
		items := body["Items"].([]any)
		if err := equal(len(items), 1); err != nil {
			return "", err
		}
		task := items[0].(map[string]any)
		return fmt.Sprint(task["TaskType"], " ", task["Status"]), equal(task["Status"], "Succeed")
	})

	cases.run("moves a scheduled task", func() (string, error) {
		read := func() (map[string]any, error) {
			body, err := call("DescribeActiveOperationTasks", map[string]any{"Region": "cn-hangzhou", "TaskType": "all"})
			if err != nil {
				return nil, err
			}
			return body["Items"].([]any)[0].(map[string]any), nil
		}
		before, err := read()
		if err != nil {
			return "", err
		}
		wanted := env("TASK_SWITCH_TIME")
		_, err = call("ModifyActiveOperationTasks", map[string]any{"Ids": before["Id"], "ImmediateStart": 0, "SwitchTime": wanted})
		if err != nil {
			return "", err
		}
		after, err := read()
		if err != nil {
			return "", err
		}
		return fmt.Sprint(after["TaskType"], " to ", after["SwitchTime"]), equal(after["SwitchTime"], wanted)
	})

	cases.run("reads a refusal as its own error", func() (string, error) {
		_, err := ssl("rm-nowhere")
		return sdkRefusal(err, "InvalidDBInstanceId.NotFound", 404)
	})

	cases.run("is refused with a wrong secret", func() (string, error) {
		stranger := openapiClient(env("RDS_ENDPOINT"), env("ACCESS_KEY_ID"), wrong, "")
		_, err := rpc(stranger, "2014-08-15", "DescribeDBInstanceSSL", map[string]any{"DBInstanceId": "rm-my00"})
		return sdkRefusal(err, "SignatureDoesNotMatch", 400)
	})
}

func stsDarabonba() {
	cases := newCases("STS", darabonba)
	account, endpoint := env("ACCOUNT_ID"), env("STS_ENDPOINT")
	user := openapiClient(endpoint, env("ACCESS_KEY_ID"), env("ACCESS_KEY_SECRET"), "")
	whoIs := func(client *openapi.Client) (map[string]any, error) {
		return rpc(client, "2015-04-01", "GetCallerIdentity", nil)
	}
	assume := func(role string) (map[string]any, error) {
		return rpc(user, "2015-04-01", "AssumeRole", map[string]any{
			"RoleArn": "acs:ram::" + account + ":role/" + role, "RoleSessionName": "go", "DurationSeconds": 900,
		})
	}

	cases.run("asks who it is", func() (string, error) {
		who, err := whoIs(user)
		if err != nil {
			return "", err
		}
		return who["Arn"].(string), equal([]any{who["AccountId"], who["IdentityType"]}, []any{account, "RAMUser"})
	})

	cases.run("assumes a role", func() (string, error) {
		given, err := assume("reader")
		if err != nil {
			return "", err
		}
		of := given["Credentials"].(map[string]any)
		who, err := whoIs(openapiClient(endpoint, of["AccessKeyId"].(string), of["AccessKeySecret"].(string), of["SecurityToken"].(string)))
		if err != nil {
			return "", err
		}
		return fmt.Sprint(who["Arn"], " until ", of["Expiration"]), equal(who["Arn"], "acs:ram::"+account+":assumed-role/reader/go")
	})

	cases.run("reads a refusal as its own error", func() (string, error) {
		_, err := assume("nobody")
		return sdkRefusal(err, "EntityNotExist.Role", 404)
	})

	cases.run("is refused with a wrong secret", func() (string, error) {
		_, err := whoIs(openapiClient(endpoint, env("ACCESS_KEY_ID"), wrong, ""))
		return sdkRefusal(err, "SignatureDoesNotMatch", 400)
	})
}

func fcDarabonba() {
	cases := newCases("FC", darabonba)
	type invoked struct {
		status  int
		headers map[string]any
		body    string
	}
	invoke := func(function, event, kind, secret string) (invoked, error) {
		client := openapiClient(env("FC_ENDPOINT"), env("ACCESS_KEY_ID"), secret, "")
		params := &models.Params{
			Action: dara.String("InvokeFunction"), Version: dara.String("2023-03-30"), Protocol: dara.String("HTTP"),
			Pathname: dara.String("/2023-03-30/functions/" + function + "/invocations"), Method: dara.String("POST"),
			AuthType: dara.String("AK"), Style: dara.String("ROA"), ReqBodyType: dara.String("binary"), BodyType: dara.String("binary"),
		}
		request := &models.OpenApiRequest{
			Headers: map[string]*string{"x-fc-invocation-type": &kind}, Body: map[string]any{}, Stream: strings.NewReader(event),
		}
		reply, err := client.CallApi(params, request, &dara.RuntimeOptions{})
		if err != nil {
			return invoked{}, err
		}
		stream := reply["body"].(io.ReadCloser)
		defer stream.Close()
		body, err := io.ReadAll(stream)
		told, _ := json.Marshal(reply["headers"])
		headers := map[string]any{}
		_ = json.Unmarshal(told, &headers)
		return invoked{reply["statusCode"].(int), headers, string(body)}, err
	}
	function, secret := env("FUNCTION"), env("ACCESS_KEY_SECRET")

	cases.run("invokes a function", func() (string, error) {
		reply, err := invoke(function, "hello", "Sync", secret)
		if err != nil {
			return "", err
		}
		returned := map[string]any{}
		_ = json.Unmarshal([]byte(reply.body), &returned)
		return fmt.Sprint(reply.status, " and what it returned"), equal(returned["text"], "hello")
	})

	cases.run("invokes asynchronously", func() (string, error) {
		reply, err := invoke(function, "later", "Async", secret)
		return fmt.Sprint(reply.status), first(err, equal(reply.status, 202))
	})

	cases.run("tells a failed function from a failed call", func() (string, error) {
		reply, err := invoke(function, "throw", "Sync", secret)
		if err != nil {
			return "", err
		}
		told := map[string]any{}
		_ = json.Unmarshal([]byte(reply.body), &told)
		kind := reply.headers["x-fc-error-type"]
		return fmt.Sprint(reply.status, " with x-fc-error-type ", kind), equal([]any{told["errorType"], kind != nil}, []any{"TypeError", true})
	})

	cases.run("reads a refusal as its own error", func() (string, error) {
		_, err := invoke("nobody", "hello", "Sync", secret)
		return sdkRefusal(err, "FunctionNotFound", 404)
	})

	cases.run("is refused with a wrong secret", func() (string, error) {
		_, err := invoke(function, "hello", "Sync", wrong)
		return sdkRefusal(err, "SignatureDoesNotMatch", 400)
	})
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
