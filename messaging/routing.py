"""The page's one socket."""

from django.urls import path

from messaging.consumers import PageConsumer

websocket_urlpatterns = [path("ws", PageConsumer.as_asgi())]
