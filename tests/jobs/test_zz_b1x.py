import os, pytest
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]="1"
from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from django_celery_beat.models import *
from django.contrib.auth import get_user_model
from jobs.models import Job
class T(StaticLiveServerTestCase):
    def test_x(self):
        from playwright.sync_api import sync_playwright
        from django.test import override_settings
        get_user_model().objects.create_superuser("root","r@x.io","pw")
        i=IntervalSchedule.objects.create(every=1,period="hours")
        c,_=CrontabSchedule.objects.get_or_create(minute="41",hour="3",timezone="UTC")
        PeriodicTask.objects.create(name="Purge old jobs now",task="jobs.purge",crontab=c)
        PeriodicTask.objects.create(name="Hourly probe",task="jobs.canary",interval=i)
        with override_settings(CELERY_TASK_ALWAYS_EAGER=False), sync_playwright() as p:
            b=p.chromium.launch(executable_path="/usr/bin/chromium",args=["--no-sandbox"])
            page=b.new_page(viewport={"width":1280,"height":800}); errs=[]
            page.on("console",lambda m: errs.append(m.text))
            page.goto(self.live_server_url+"/admin/login/?next=/admin/django_celery_beat/periodictask/")
            page.fill("[name=username]","root"); page.fill("[name=password]","pw"); page.keyboard.press("Enter")
            page.wait_for_selector("text=Run now")
            page.click("tr:has-text('Hourly probe') >> text=Run now"); page.wait_for_load_state()
            page.screenshot(path="/tmp/b1x/list.png",full_page=True)
            print(Job.objects.values_list("title","started_by__username"))
            page.click("text=Purge old jobs now"); page.wait_for_load_state(); page.screenshot(path="/tmp/b1x/form.png",full_page=True)
            print(errs)
