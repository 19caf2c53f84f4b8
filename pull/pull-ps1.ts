import { bundleNames } from '../shared/formats/bundle-names.ts'

/**
 * pull.ps1 beside the bundle: Windows PowerShell 5.1 and PowerShell 7. `url` is the base that applications pull from.
 * The same promise as pull.sh.
 */
export const pullPs1 = (
  url = 'https://YOUR-BUNDLE-HOST',
): string => `# Keeps a copy of the trust bundle of ApsaraDB RDS: by hand, or as a scheduled task. Says nothing where nothing changed.
#
#   powershell -ExecutionPolicy Bypass -File pull.ps1 -Folder C:\\rds-ca [-Files ApsaraDB-CA-Chain.pem,...] [-OnChange 'Restart-Service app']
#
# Exit status: 0 every file is the published one; 1 nothing was replaced, or OnChange failed, and the next run runs it again.
param(
  [Parameter(Mandatory = $true)][string]$Folder,
  [string]$Files = '${Object.values(bundleNames).join(',')}',
  [string]$OnChange = '',
  [string]$Base = '${url.replace(/\/+$/, '').replaceAll("'", "''")}'
)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12

function Get-Published([string]$Path, [string]$File) { Invoke-WebRequest -UseBasicParsing -TimeoutSec 60 -Uri "$Base/$Path" -OutFile $File }
function Get-Sum([string]$File) { (Get-FileHash -Algorithm SHA256 -LiteralPath $File).Hash.ToLowerInvariant() }

$work = $null
try {
  New-Item -ItemType Directory -Force -Path $Folder | Out-Null
  $Folder = (Resolve-Path -LiteralPath $Folder).ProviderPath
  $work = Join-Path $Folder ('.pull.' + [Guid]::NewGuid().ToString('N'))
  New-Item -ItemType Directory -Path $work | Out-Null

  $file = Join-Path $work 'manifest.json'
  Get-Published 'ca/latest/manifest.json' $file
  $manifest = Get-Content -Raw -Encoding UTF8 -LiteralPath $file | ConvertFrom-Json
  if ($manifest.version -notmatch '^[0-9a-f]{64}$') { throw "$Base/ca/latest/manifest.json is no manifest of a trust bundle" }

  $changed = @()
  foreach ($name in $Files.Split(',')) {
    $wanted = $manifest.files.$name
    if (-not $wanted) { throw "the manifest names no $($name): see -Files" }
    $mine = Join-Path $Folder $name
    if ((Test-Path -LiteralPath $mine) -and (Get-Sum $mine) -eq $wanted) { continue }
    Get-Published "ca/v/$($manifest.version)/$name" (Join-Path $work $name)
    if ((Get-Sum (Join-Path $work $name)) -ne $wanted) { throw "$name is not what the manifest says, cut or altered on its way" }
    $changed += $name
  }

  # The mark outlives an OnChange that fails, so that the next run makes up for it.
  $mark = Join-Path $Folder '.changed'
  if ($changed) { New-Item -ItemType File -Force -Path $mark | Out-Null }
  foreach ($name in $changed) { Move-Item -Force -LiteralPath (Join-Path $work $name) -Destination (Join-Path $Folder $name) }
} catch {
  [Console]::Error.WriteLine("pull.ps1: $($_.Exception.Message): nothing was replaced")
  exit 1
} finally {
  if ($work) { Remove-Item -Recurse -Force -LiteralPath $work -ErrorAction SilentlyContinue }
}

if (-not (Test-Path -LiteralPath $mark)) { exit 0 }
if ($changed) { Write-Output "pull.ps1: version $($manifest.version): $changed" }
if ($OnChange) {
  try {
    $global:LASTEXITCODE = 0
    Invoke-Expression $OnChange
    if ($LASTEXITCODE) { throw "exit status $LASTEXITCODE" }
  } catch {
    [Console]::Error.WriteLine("pull.ps1: OnChange failed, and runs again next time: $($_.Exception.Message)")
    exit 1
  }
}
Remove-Item -Force -LiteralPath $mark
exit 0
`
