package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/rds"
)

func rdsClient(secret string) (*rds.Client, error) {
	config := sdk.NewConfig().WithScheme("HTTP").WithAutoRetry(false)
	client, err := rds.NewClientWithOptions("cn-hangzhou", config, credentials.NewAccessKeyCredential(env("ACCESS_KEY_ID"), secret))
	if err == nil {
		client.Domain = env("RDS_ENDPOINT")
	}
	return client, err
}

// Alibaba's older Go SDK, which signs by the RPC signature 1.0; Terraform's provider is built on it.
func rdsAlibabaCloudSdk() {
	cases := newCases("RDS", "github.com/aliyun/alibaba-cloud-sdk-go")
	client, err := rdsClient(env("ACCESS_KEY_SECRET"))
	if err != nil {
		panic(err)
	}
	hangzhou, _ := strconv.Atoi(env("HANGZHOU_COUNT"))

	page := func(set func(*rds.DescribeDBInstancesRequest)) (*rds.DescribeDBInstancesResponse, error) {
		request := rds.CreateDescribeDBInstancesRequest()
		request.RegionId = "cn-hangzhou"
		set(request)
		return client.DescribeDBInstances(request)
	}
	ssl := func(of *rds.Client, instance string) (*rds.DescribeDBInstanceSSLResponse, error) {
		request := rds.CreateDescribeDBInstanceSSLRequest()
		request.DBInstanceId = instance
		return of.DescribeDBInstanceSSL(request)
	}
	status := func(wanted string) func() (bool, error) {
		return func() (bool, error) {
			request := rds.CreateDescribeDBInstanceAttributeRequest()
			request.DBInstanceId = "rm-mssql"
			reply, err := client.DescribeDBInstanceAttribute(request)
			return err == nil && reply.Items.DBInstanceAttribute[0].DBInstanceStatus == wanted, err
		}
	}

	cases.run("lists by page number", func() (string, error) {
		sizes, found := []int{}, map[string]bool{}
		for number := 1; number <= 4; number++ {
			reply, err := page(func(request *rds.DescribeDBInstancesRequest) {
				request.PageNumber, request.PageSize = requests.NewInteger(number), requests.NewInteger(5)
			})
			if err != nil {
				return "", err
			}
			sizes = append(sizes, len(reply.Items.DBInstance))
			for _, one := range reply.Items.DBInstance {
				found[one.DBInstanceId] = true
			}
		}
		return fmt.Sprintf("5 + 5 + 2 of %d", len(found)), equal([]any{sizes, len(found)}, []any{[]int{5, 5, 2, 0}, hangzhou})
	})

	cases.run("lists by token", func() (string, error) {
		sizes, found, token := []int{}, map[string]bool{}, ""
		for {
			reply, err := page(func(request *rds.DescribeDBInstancesRequest) {
				request.MaxResults, request.NextToken = requests.NewInteger(5), token
			})
			if err != nil {
				return "", err
			}
			sizes = append(sizes, len(reply.Items.DBInstance))
			for _, one := range reply.Items.DBInstance {
				found[one.DBInstanceId] = true
			}
			if token = reply.NextToken; token == "" {
				break
			}
		}
		return "5 + 5 + 2, then no NextToken", equal([]any{sizes, len(found)}, []any{[]int{5, 5, 2}, hangzhou})
	})

	cases.run("describes SSL of each engine", func() (string, error) {
		told := []string{}
		for _, instance := range []string{"rm-my00", "rm-mssql", "pgm-1"} {
			reply, err := ssl(client, instance)
			if err != nil {
				return "", err
			}
			told = append(told, reply.SSLEnabled)
		}
		return fmt.Sprint(told), equal(told, []string{"Yes", "Yes", "on"})
	})

	cases.run("updates validity and waits", func() (string, error) {
		before, err := ssl(client, "rm-mssql")
		if err != nil {
			return "", err
		}
		request := rds.CreateModifyDBInstanceSSLRequest()
		request.DBInstanceId, request.ConnectionString, request.SSLEnabled = "rm-mssql", before.ConnectionString, requests.NewInteger(2)
		if _, err := client.ModifyDBInstanceSSL(request); err != nil {
			return "", err
		}
		if err := until(status("SSL_MODIFYING")); err != nil {
			return "", err
		}
		if err := until(status("Running")); err != nil {
			return "", err
		}
		renewed := ""
		err = until(func() (bool, error) {
			after, err := ssl(client, "rm-mssql")
			if err == nil {
				renewed = after.SSLExpireTime
			}
			return renewed > before.SSLExpireTime, err
		})
		return "SSL_MODIFYING, then Running; " + before.SSLExpireTime + " → " + renewed, err
	})

	cases.run("finds the update among the history tasks", func() (string, error) {
		request := rds.CreateDescribeHistoryTasksRequest()
		request.InstanceId = "rm-mssql"
		request.FromStartTime = time.Now().Add(-time.Hour).UTC().Format("2006-01-02T15:04Z")
		request.ToStartTime = time.Now().Add(time.Minute).UTC().Format("2006-01-02T15:04Z")
		reply, err := client.DescribeHistoryTasks(request)
		if err != nil {
			return "", err
		}
		if err := equal(len(reply.Items), 1); err != nil {
			return "", err
		}
		return reply.Items[0].TaskType + " " + reply.Items[0].Status, equal(reply.Items[0].Status, "Succeed")
	})

	cases.run("moves a scheduled task", func() (string, error) {
		request := rds.CreateDescribeActiveOperationTasksRequest()
		request.Region, request.TaskType = "cn-hangzhou", "all"
		before, err := client.DescribeActiveOperationTasks(request)
		if err != nil {
			return "", err
		}
		if err := equal([]any{len(before.Items), before.Items[0].InsName}, []any{1, "rm-my03"}); err != nil {
			return "", err
		}
		move := rds.CreateModifyActiveOperationTasksRequest()
		move.Ids, move.ImmediateStart, move.SwitchTime = fmt.Sprint(before.Items[0].Id), requests.NewInteger(0), env("TASK_SWITCH_TIME")
		if _, err := client.ModifyActiveOperationTasks(move); err != nil {
			return "", err
		}
		after, err := client.DescribeActiveOperationTasks(request)
		if err != nil {
			return "", err
		}
		return after.Items[0].TaskType + " to " + after.Items[0].SwitchTime, equal(after.Items[0].SwitchTime, env("TASK_SWITCH_TIME"))
	})

	cases.run("reads a refusal as its own error", func() (string, error) {
		_, err := ssl(client, "rm-nowhere")
		refusal, err := refused[sdkerrors.Error](err)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%T %s %d", refusal, refusal.ErrorCode(), refusal.HttpStatus()),
			equal([]any{refusal.ErrorCode(), refusal.HttpStatus()}, []any{"InvalidDBInstanceId.NotFound", 404})
	})

	cases.run("is refused with a wrong secret", func() (string, error) {
		stranger, err := rdsClient(wrong)
		if err != nil {
			return "", err
		}
		_, err = ssl(stranger, "rm-my00")
		return comparedSignature(err)
	})
}

// comparedSignature: the SDK recommends to check the secret only where the server's string to sign equals its own.
func comparedSignature(err error) (string, error) {
	refusal, err := refused[*sdkerrors.ServerError](err)
	if err != nil {
		return "", err
	}
	return refusal.ErrorCode() + " after comparing the strings to sign", equal(
		[]string{refusal.ErrorCode(), refusal.Recommend()},
		[]string{"SignatureDoesNotMatch", "InvalidAccessKeySecret: Please check you AccessKeySecret"})
}
