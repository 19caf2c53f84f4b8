package main

import (
	"fmt"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/sts"
)

func stsClient(credential auth.Credential) *sts.Client {
	client, err := sts.NewClientWithOptions("cn-hangzhou", sdk.NewConfig().WithScheme("HTTP").WithAutoRetry(false), credential)
	if err != nil {
		panic(err)
	}
	client.Domain = env("STS_ENDPOINT")
	return client
}

func stsAlibabaCloudSdk() {
	cases := newCases("STS", "github.com/aliyun/alibaba-cloud-sdk-go")
	account := env("ACCOUNT_ID")
	user := stsClient(credentials.NewAccessKeyCredential(env("ACCESS_KEY_ID"), env("ACCESS_KEY_SECRET")))
	whoIs := func(client *sts.Client) (*sts.GetCallerIdentityResponse, error) {
		return client.GetCallerIdentity(sts.CreateGetCallerIdentityRequest())
	}
	assume := func(role string) (*sts.AssumeRoleResponse, error) {
		request := sts.CreateAssumeRoleRequest()
		request.RoleArn, request.RoleSessionName = "acs:ram::"+account+":role/"+role, "go"
		request.DurationSeconds = requests.NewInteger(900)
		return user.AssumeRole(request)
	}

	cases.run("asks who it is", func() (string, error) {
		who, err := whoIs(user)
		if err != nil {
			return "", err
		}
		return who.Arn, equal([]string{who.AccountId, who.IdentityType}, []string{account, "RAMUser"})
	})

	cases.run("assumes a role", func() (string, error) {
		given, err := assume("reader")
		if err != nil {
			return "", err
		}
		of := given.Credentials
		who, err := whoIs(stsClient(credentials.NewStsTokenCredential(of.AccessKeyId, of.AccessKeySecret, of.SecurityToken)))
		if err != nil {
			return "", err
		}
		return who.Arn + " until " + of.Expiration, equal(who.Arn, "acs:ram::"+account+":assumed-role/reader/go")
	})

	cases.run("reads a refusal as its own error", func() (string, error) {
		_, err := assume("nobody")
		refusal, err := refused[sdkerrors.Error](err)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%T %s", refusal, refusal.ErrorCode()), equal(refusal.ErrorCode(), "EntityNotExist.Role")
	})

	cases.run("is refused with a wrong secret", func() (string, error) {
		_, err := whoIs(stsClient(credentials.NewAccessKeyCredential(env("ACCESS_KEY_ID"), wrong)))
		return comparedSignature(err)
	})
}
