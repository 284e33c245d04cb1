#!/usr/bin/env python3
"""What understudy-plan writes for each engine, against the rules that the engine's makers publish.

engine_rules.py --bin DIR --data DIR    prints what is wrong, one line each; exit code 1 when anything is
engine_rules.py --self-test             proves that each rule can fail

Sources of the rules: OpenCue's cjsl-1.12.dtd and what its JobSpec accepts; Open Job Description's template schema 2023-09; the pages
"Manual Job Submission" and "Command Line" of the Deadline 10 manual; bash itself for every script. Slurm and GNU parallel are asked
themselves, by run.py.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import sample  # noqa: E402

# What a CJSL element holds, in this order: NAME once, NAME? at most once, NAME* any number, NAME+ at least one.
CJSL = {
    "spec": "facility? dept? show shot user email? uid? job* depends*",
    "job": "paused? priority? maxretries? autoeat? localbook? os? env* layers?",
    "layers": "layer+",
    "layer": "cmd range chunk cores? threadable? memory? gpus? gpu? gpu_memory? timeout? timeout_llu? tags? limits? env* services?",
    "services": "service+",
    "depends": "depend*",
    "depend": "depjob deplayer? depframe? onjob onlayer? onframe?",
}
CJSL_ATTRIBUTES = {
    "job": {"name": r"[\w.:-]+"},
    "layer": {"name": r"[\w.:-]+", "type": "Render|Util|Post"},
    "depend": {"type": "LAYER_ON_LAYER|FRAME_BY_FRAME|LAYER_ON_SIM_FRAME|PREVIOUS_FRAME|(JOB|LAYER|FRAME)_ON_(JOB|LAYER|FRAME)"},
}
# A number without a point counts hundredths of a core.
CJSL_TEXT = {"cores": r"\d+\.\d+", "memory": r"\d+[mg]", "range": r"\d+(-\d+(x\d+)?)?", "chunk": r"[1-9]\d*", "gpus": r"\d+",
             "maxretries": r"\d+", "timeout": r"\d+", "threadable": "0|1"}

DEADLINE_JOB = {"Plugin", "Name", "BatchName", "Comment", "Frames", "ChunkSize", "TaskTimeoutMinutes", "JobDependencies",
                "IsFrameDependent"}
DEADLINE_COMMAND_LINE = {"Executable", "Arguments", "StartupDirectory", "Shell", "ShellExecute", "SingleFramesOnly"}
DEADLINE_FRAMES = re.compile(r"\d+(-\d+)?")
DEADLINE_WORDS = {"STARTFRAME", "ENDFRAME", "QUOTE"}

OPENJD_RANGE = re.compile(r"(\d+)-(\d+)")
OPENJD_FORMAT = re.compile(r"\{\{\s*(.*?)\s*\}\}")


def children_pattern(rule):
    return "".join(f"(?:{word.rstrip('?*+')} ){word[len(word.rstrip('?*+')):]}" for word in rule.split())


def opencue_problems(folder):
    root = xml.etree.ElementTree.fromstring((folder / "job.xml").read_text())
    for element in root.iter():
        if element.tag in CJSL:
            there = "".join(f"{child.tag} " for child in element)
            if not re.fullmatch(children_pattern(CJSL[element.tag]), there):
                yield f"<{element.tag}> holds {there}, expected {CJSL[element.tag]}"
        for name, pattern in CJSL_ATTRIBUTES.get(element.tag, {}).items():
            if not re.fullmatch(pattern, element.get(name, "")):
                yield f"<{element.tag} {name}={element.get(name)}> does not fit {pattern}"
        pattern = CJSL_TEXT.get(element.tag)
        if pattern and not re.fullmatch(pattern, element.text or ""):
            yield f"<{element.tag}> is {element.text}, expected {pattern}"
    # Dashes become underscores in the Cuebot.
    for name in [layer.get("name") for layer in root.iter("layer")] + [job.get("name") for job in root.iter("job")]:
        if not re.fullmatch(r"\w{3,}", name.replace("-", "_")):
            yield f"the name {name} is none for the Cuebot"
    ranges = {layer.get("name"): layer.findtext("range") for layer in root.iter("layer")}
    for depend in root.iter("depend"):
        ends = [depend.findtext("deplayer"), depend.findtext("onlayer")]
        if not set(ends) <= set(ranges):
            yield f"a dependency of {ends}, which are no layers"
        elif depend.get("type") == "FRAME_BY_FRAME" and ranges[ends[0]] != ranges[ends[1]]:
            yield f"frames of {ends} do not pair"
    for command in root.iter("cmd"):
        words = set(re.findall(r"#(\w+)#", command.text))
        if not words <= {"IFRAME", "ZFRAME", "FRAME_START", "FRAME_END"}:
            yield f"a command with {words}"


def openjd_problems(folder):
    job = json.loads((folder / "template.json").read_text())
    if job.get("specificationVersion") != "jobtemplate-2023-09" or not 1 <= len(job["name"]) <= 128:
        yield "version or name of the template"
    if not set(job) <= {"specificationVersion", "name", "description", "parameterDefinitions", "jobEnvironments", "steps"}:
        yield f"unknown keys of the template: {set(job)}"
    before = set()
    for step in job["steps"]:
        yield from (f"step {step['name']}: {problem}" for problem in step_problems(step, before))
        before.add(step["name"])


def step_problems(step, before):
    if not set(step) <= {"name", "description", "dependencies", "stepEnvironments", "hostRequirements", "parameterSpace", "script"}:
        yield f"unknown keys {set(step)}"
    if not 1 <= len(step["name"]) <= 64 or step["name"] in before:
        yield "a name of 1 to 64 characters was expected, once"
    if not all(set(d) == {"dependsOn"} and d["dependsOn"] in before for d in step.get("dependencies", [])):
        yield f"it waits for what is no earlier step: {step['dependencies']}"
    if "dependencies" in step and not step["dependencies"]:
        yield "an empty list of dependencies"
    known = set()
    for parameter in step.get("parameterSpace", {}).get("taskParameterDefinitions", []):
        ends = OPENJD_RANGE.fullmatch(parameter["range"])
        if parameter["type"] != "INT" or not ends or int(ends[1]) > int(ends[2]):
            yield f"the range {parameter['range']} is none"
        known.add(f"Task.Param.{parameter['name']}")
    for amount in step["hostRequirements"]["amounts"]:
        if amount["name"] not in ("amount.worker.vcpu", "amount.worker.memory", "amount.worker.gpu") or amount["min"] < 0:
            yield f"the requirement {amount}"
    run = step["script"]["actions"]["onRun"]
    if not set(run) <= {"command", "args", "timeout", "cancelation"} or not run["command"]:
        yield f"unknown keys of onRun: {set(run)}"
    stop = run["cancelation"]
    if stop["mode"] != "NOTIFY_THEN_TERMINATE" or not 1 <= stop["notifyPeriodInSeconds"] <= 600:
        yield f"the cancelation {stop}"
    used = {word for text in [run["command"], *run["args"]] for word in OPENJD_FORMAT.findall(text)}
    if used != known:
        yield f"it uses {used}, it has {known}"


def deadline_problems(folder):
    jobs = sorted(path.stem for path in folder.glob("*.job"))
    for name in jobs:
        for suffix, known, needed in ((".job", DEADLINE_JOB, {"Plugin", "Name", "Frames", "ChunkSize"}),
                                      (".plugin", DEADLINE_COMMAND_LINE, {"Executable", "Arguments"})):
            lines = (folder / (name + suffix)).read_text().splitlines()
            pairs = dict(line.partition("=")[::2] for line in lines)
            if len(pairs) != len(lines) or not needed <= set(pairs) <= known:
                yield f"{name}{suffix} has the keys {sorted(pairs)}"
            if suffix == ".job" and not (DEADLINE_FRAMES.fullmatch(pairs["Frames"]) and pairs["Plugin"] == "CommandLine"):
                yield f"{name}{suffix}: frames {pairs['Frames']} of {pairs['Plugin']}"
            words = set(re.findall(r"<(\w+)>", pairs.get("Arguments", "")))
            if not words <= DEADLINE_WORDS or pairs.get("Arguments", "").count("<QUOTE>") % 2:
                yield f"{name}{suffix}: arguments {pairs['Arguments']}"
    submitted = re.findall(r"^submit (\S+) (true|false)(.*)$", (folder / "submit.sh").read_text(), re.M)
    if sorted(name for name, _, _ in submitted) != jobs:
        yield "submit.sh does not hand over each job once"
    for i, (name, _, after) in enumerate(submitted):
        if not set(after.split()) <= {earlier for earlier, _, _ in submitted[:i]}:
            yield f"{name} waits for what comes later"


def script_problems(folder):
    for path in sorted(folder.iterdir()):
        if path.read_text().startswith("#!"):
            done = subprocess.run(["bash", "-n", path], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                yield f"{path.name} is no script: {done.stderr.strip()}"
            if not path.stat().st_mode & 0o100:
                yield f"{path.name} cannot be run"


RULES = {"opencue": opencue_problems, "openjd": openjd_problems, "deadline": deadline_problems}
ENGINES = ("slurm", "opencue", "deadline", "openjd", "parallel", "shell")


def problems_in(engine, folder):
    found = list(script_problems(folder))
    if engine in RULES:
        found += RULES[engine](folder)
    return [f"{engine}: {problem}" for problem in found]


def all_problems(bin_folder, data):
    programs = sample.Programs(bin_folder)
    found = []
    with tempfile.TemporaryDirectory(prefix="understudy-plan-") as scratch:
        shot = sample.write_shot(programs, pathlib.Path(scratch) / "it's a shot", data / "cast")
        for engine in ENGINES:
            out = pathlib.Path(scratch) / engine
            programs.run("plan", shot, "--engine", engine, "-o", out)
            found += problems_in(engine, out)
    return found


GOOD = {
    "opencue": {"job.xml": """<spec><show>s</show><shot>abc</shot><user>u</user><job name="abc"><layers>
<layer name="one-a" type="Render"><cmd>run #IFRAME#</cmd><range>1-4</range><chunk>1</chunk><cores>2.0</cores><memory>10m</memory></layer>
<layer name="two" type="Render"><cmd>run</cmd><range>1-4</range><chunk>1</chunk></layer></layers></job>
<depends><depend type="FRAME_BY_FRAME"><depjob>abc</depjob><deplayer>two</deplayer><onjob>abc</onjob><onlayer>one-a</onlayer></depend></depends></spec>"""},
    "openjd": {"template.json": json.dumps({"specificationVersion": "jobtemplate-2023-09", "name": "abc", "steps": [
        {"name": "one", "parameterSpace": {"taskParameterDefinitions": [{"name": "Chunk", "type": "INT", "range": "1-4"}]},
         "hostRequirements": {"amounts": [{"name": "amount.worker.vcpu", "min": 2}]},
         "script": {"actions": {"onRun": {"command": "bash", "args": ["{{Task.Param.Chunk}}"], "cancelation": {
             "mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": 30}}}}},
        {"name": "two", "dependencies": [{"dependsOn": "one"}], "hostRequirements": {"amounts": []},
         "script": {"actions": {"onRun": {"command": "bash", "args": [], "cancelation": {
             "mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": 30}}}}}]})},
    "deadline": {"one.job": "Plugin=CommandLine\nName=a\nFrames=1-4\nChunkSize=1\n",
                 "one.plugin": "Executable=/bin/bash\nArguments=<QUOTE>x<QUOTE> <STARTFRAME>\n",
                 "two.job": "Plugin=CommandLine\nName=a\nFrames=1\nChunkSize=1\n", "two.plugin": "Executable=/bin/bash\nArguments=x\n",
                 "submit.sh": "#!/bin/bash\nsubmit one false\nsubmit two true one\n"},
    "shell": {"run.sh": "#!/bin/bash\ntrue\n"},
}
# engine, file, old text, new text, part of the sentence
BREACHES = [
    ("opencue", "job.xml", "<range>1-4</range><chunk>1</chunk><cores>", "<chunk>1</chunk><range>1-4</range><cores>", "<layer> holds"),
    ("opencue", "job.xml", "<cores>2.0", "<cores>2", "<cores> is 2"),
    ("opencue", "job.xml", "10m", "10 MB", "<memory> is"),
    ("opencue", "job.xml", 'type="Render"><cmd>run #', 'type="Paint"><cmd>run #', "type=Paint"),
    ("opencue", "job.xml", "<onlayer>one-a", "<onlayer>one", "no layers"),
    ("opencue", "job.xml", "<range>1-4</range><chunk>1</chunk></layer>", "<range>1-3</range><chunk>1</chunk></layer>", "do not pair"),
    ("opencue", "job.xml", "#IFRAME#", "#CHUNK#", "a command with"),
    ("opencue", "job.xml", '<job name="abc"', '<job name="a"', "none for the Cuebot"),
    ("openjd", "template.json", "2023-09", "2022-01", "version"),
    ("openjd", "template.json", '"1-4"', '"1:4"', "the range 1:4"),
    ("openjd", "template.json", '"dependsOn": "one"', '"dependsOn": "none"', "no earlier step"),
    ("openjd", "template.json", "{{Task.Param.Chunk}}", "{{Task.Param.Frame}}", "it uses"),
    ("openjd", "template.json", "30", "900", "the cancelation"),
    ("openjd", "template.json", "amount.worker.vcpu", "amount.worker.cores", "the requirement"),
    ("openjd", "template.json", '"command"', '"cmd"', None),
    ("deadline", "one.job", "Frames=1-4", "Frames=1..4", "frames 1..4"),
    ("deadline", "one.job", "ChunkSize", "Chunk", "has the keys"),
    ("deadline", "one.plugin", "<STARTFRAME>", "<FRAME>", "arguments"),
    ("deadline", "one.plugin", "x<QUOTE>", "x", "arguments"),
    ("deadline", "submit.sh", "submit one false\n", "", "each job once"),
    ("deadline", "submit.sh", "submit one false", "submit one false two", "comes later"),
    ("shell", "run.sh", "true", "if true", "no script"),
]


def planted(engine, change=None):
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        for name, content in GOOD[engine].items():
            if change and name == change[0]:
                assert change[1] in content, change
                content = content.replace(change[1], change[2], 1)
            (folder / name).write_text(content)
            (folder / name).chmod(0o755)
        try:
            return problems_in(engine, folder)
        except KeyError as missing:
            return [f"{missing} is missing"]


def self_test():
    missed = [f"{engine} is right, but: {problem}" for engine in GOOD for problem in planted(engine)]
    for engine, name, old, new, said in BREACHES:
        found = planted(engine, (name, old, new))
        if not found or (said and not any(said in problem for problem in found)):
            missed.append(f"{engine} {name} with {new!r}: {said!r} was expected, found {found}")
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, help="folder of the programs")
    parser.add_argument("--data", type=pathlib.Path, help="folder with cast/")
    parser.add_argument("--self-test", action="store_true", help="prove that the rules can fail")
    options = parser.parse_args()
    if not options.self_test and not (options.bin and options.data):
        parser.error("--bin and --data are needed, or --self-test")
    found = self_test() if options.self_test else all_problems(options.bin, options.data)
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
