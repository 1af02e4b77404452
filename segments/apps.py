from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "segments"

    def ready(self) -> None:
        # What words are made of needs the models.
        from segments import audited

        audited.register()
